"""The page on the memory in a browser: `memp open`, and `memp serve --http` at `/`.

app        routes: which address is answered by which function
access     who is let in: one-time link, cookie, Host, Origin, token of each form
showing    templates: how a value is written down, and what no text of the memory may do to a page
charts     pictures, as SVG
home, procedures, procedure, runs, recalls, reviews    a file a page
"""
