"""A simulator of the national portal and a province's hub: a separate program that speaks only HTTP (README.md).

It imports nothing of the product, so that an error of the product cannot be repeated here. Everything is drawn from
the seed; the clock, the options and the faults are set through `POST /__dieu-khien`; `GET /__so-sach` tells what was
truly committed.
"""
