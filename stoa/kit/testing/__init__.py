"""What tests stand on: real engines started quickly, fakes of ports, and events delivered in the worst order."""
