"""What the four share: a written specification, and a box of tools that knows no business."""
