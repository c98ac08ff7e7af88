"""The library of the course *From Autoencoders to VAEs*.

Each function is written out in the chapter that teaches it; later ones import it.
Start with `vaecourse.data`, `vaecourse.linear` and `vaecourse.plots`.
"""
