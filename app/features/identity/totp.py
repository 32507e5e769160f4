"""The second factor: six digits that change every 30 seconds (RFC 6238), each accepted once."""

import hmac
import io

import pyotp
import segno

from app.core.clock import now
from app.core.secrets import seal, unseal
from app.features.identity.models import User

ISSUER = "Xunfang"
PURPOSE = "totp-secret"
STEP_SECONDS = 30


def new_secret() -> str:
    """A fresh secret, 160 bits in base32."""
    return pyotp.random_base32()


def uri(secret: str, account: str) -> str:
    """otpauth:// for the QR code of an authenticator app."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER))


def qr_svg(text: str) -> str:
    """A QR code as a whole SVG document, black on white whatever the theme: scanners want it so."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=4, border=4, dark="#000", light="#fff")
    return out.getvalue().decode()


def accepted_step(secret: str, code: str, after_step: int | None) -> int | None:
    """The 30-second step `code` belongs to: this one or a neighbour, and later than the last one used; else None."""
    current = int(now().timestamp()) // STEP_SECONDS
    made = pyotp.TOTP(secret)
    for step in (current, current - 1, current + 1):
        is_fresh = after_step is None or step > after_step
        if hmac.compare_digest(made.generate_otp(step), code) and is_fresh:
            return step
    return None


def store_secret(user: User, secret: str, step: int) -> None:
    """Enrol: the secret sealed with the server's key; the code that proved it is used up."""
    user.totp_secret = seal(PURPOSE, secret.encode())
    user.totp_last_step = step


def secret_of(user: User) -> str | None:
    """The person's secret; None: not enrolled, or sealed by a key this server does not have."""
    raw = unseal(PURPOSE, user.totp_secret) if user.totp_secret else None
    return raw.decode() if raw is not None else None
