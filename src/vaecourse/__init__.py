"""The library of the course *From Autoencoders to VAEs*.

Each function is written out in the chapter that teaches it and imported by the later ones.
Start with `vaecourse.data`, `vaecourse.linear` and `vaecourse.plots`.
"""
