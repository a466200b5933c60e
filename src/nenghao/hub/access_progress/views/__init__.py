"""Views of the app: parse and authorise, call one service, render."""
