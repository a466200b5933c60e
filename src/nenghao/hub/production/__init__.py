"""What enterprises make and earn (产品产量、产值): the denominators of every intensity."""
