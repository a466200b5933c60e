"""Registry (基础信息): regions, industries, enterprises and what they meter with; devices and their approval."""
