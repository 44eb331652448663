"""What a notebook shows: tables, pictures and predictions, made from responses."""
