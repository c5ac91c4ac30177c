"""Rooms that many sockets share: channels with history and recovery, spoken in Centrifugo's client protocol."""
