"""The intent pipeline: which intent does an utterance have?"""
