"""What a bubble can be, as the table of readings says it."""

MARKED, BLANK, REVIEW = "marked", "blank", "review"
