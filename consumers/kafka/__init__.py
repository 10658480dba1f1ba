"""Speak CloudEvents with Kafka: facts and requests in, what was recorded out."""
