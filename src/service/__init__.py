"""The prediction service: answers with the released models over HTTP."""
