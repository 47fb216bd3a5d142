"""Kafka through kafka-python, which no other room imports: publish, administer, inspect; no wait is unbounded."""

from producers.delivery.kafka.admin import Admin
from producers.delivery.kafka.producer import Producer

__all__ = ["Admin", "Producer"]
