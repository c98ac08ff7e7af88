"""What the checks of several chapters say."""

NOTHING = "the function returns nothing: is there a `return`?"
