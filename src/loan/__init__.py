"""The loan pipeline: criteria that people can read, made from data and deployed as code."""
