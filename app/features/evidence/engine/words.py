"""The reasons in plain English, for the command line. The review desk has its own words, in two languages."""

from app.features.evidence.engine.judge import Reason

SENTENCES = {
    "matches-spread": "{count} matching spots spread over the {parts}",
    "matches-in-one-clump": "{count} matching spots, all on one object at the {parts}: it may have been moved there",
    "surroundings-differ": "{count} spots match, what is right beside them does not: things of the same make, perhaps",
    "matches-only-on-overlay": "matches lie only on the watermark or the camera's bar ({count})",
    "no-agreeing-matches": "nothing matches together ({alike} single spots look alike, as they do in any two photos)",
    "photo-dark": "the {photo} photo is dark",
    "photo-plain": "the {photo} photo shows little to hold on to",
    "scene-has-depth": "aligned on {planes} surfaces",
    "looked-twice": "needed a second, closer look",
    "same-exposure": "the same exposure: nothing has moved against anything else, as it would between two shots",
    "same-exposure-mirrored": "the same exposure, mirrored: nothing has moved against anything else",
    "out-of-time": "gave up: too much in the pictures to compare in time",
}


def sentence(reason: Reason) -> str:
    params = {
        key: ", ".join(value) if isinstance(value, list) else value for key, value in reason.params.items()
    }
    return SENTENCES[reason.code].format(**params)
