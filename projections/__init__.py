"""Turn the log into what people look at: read models, their stores, pages."""
