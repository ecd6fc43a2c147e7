"""What the ``smo`` command does, as functions that scripts can call too."""
