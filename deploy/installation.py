"""What an installation consists of: certificates, contracts, secrets, ports, settings.

Everything is made at set-up, in the home; nothing here is a secret, and nothing of it is in git.
"""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from deploy.home import Home, private_folder, read_json, write_private
from deploy.pki import DEFAULT_BANKS, make_pki, make_sealing_key
from deploy.terms import TERMS
from shared.kit.clock import tokyo_time
from shared.wire.doors import DOORS, SERVICES, DoorPlace, door_place

LOOPBACK: Final = "127.0.0.1"
MUNICIPALITY: Final = "131041"
INSTITUTION: Final = "13104"  # sample data (inferred, DOMAIN §2.1): never seen in a source
CATEGORY: Final = "341"
MAKER_CODE: Final = "912345"
COMPANY_CODE: Final = "00001"
BANKS: Final = DEFAULT_BANKS
REMITTERS: Final = {
    "mobile_banking": ("0000009001", "ﾓﾊﾞｲﾙﾚｼﾞ ｼﾕｳﾉｳｾﾝﾀ-"),
    "mobile_credit": ("0000009002", "ｶ-ﾄﾞ ﾀﾞｲﾘﾉｳﾌｼﾔ"),
    "payeasy": ("0000013104", "ﾄﾘﾏﾄﾒﾃﾝ"),
    "bank_counter": ("0000000001", "ﾏﾄﾞｸﾞﾁ"),  # money of which banks tell on paper alone
}
FIRST_DAY: Final = date(2025, 6, 2)
TRUSTEE_FROM: Final = "2022-01-04"  # the first day of the new law: both contracts name it
PAY_IN_STATEMENTS_FROM: Final = dict.fromkeys(
    ("mobile_banking", "mobile_credit", "payeasy"), FIRST_DAY.isoformat()
)
ITEM_FEE_YEN: Final = 55  # per app-banking receipt; no ward's own figure was found: invented
DEBIT_CLIENT_CODE: Final = "0000131041"  # 委託者コード of the ward's direct debits: invented
FEE_TABLE: Final = [  # DOMAIN §10; Shinjuku's own table was not found: a setting
    {
        "from": "2020-06-01",
        "steps": [[5000, 27], [10000, 82], [20000, 165], [30000, 275], [40000, 385], [50000, 495]],
        "further_10000_yen": 110,
    }
]
STAFF: Final = {
    "clerk": ("staff-01", "clerk-01"),
    "second_clerk": ("staff-02", "clerk-02"),
    "treasury": ("treasury-01", "treasury-01"),
    "system": ("ward-system-01", "system-01"),
    "supervisor": ("supervisor-01", "supervisor-01"),
}
SAME_ROLE: Final = {"second_clerk": "clerk"}  # who lets go what another clerk has prepared
TERMINAL: Final = f"ward-{MUNICIPALITY}-terminal-01"
TERMINAL_USER: Final = "terminal-01"
SECRET_BYTES: Final = 32
ONE_ADDRESS_PER_MINUTE: Final = "6000"  # every simulated payer lives at one address: this machine


def free_ports() -> dict[str, int]:
    """Return a free loopback port for every door (of the demo, which runs beside `mesh up`)."""
    sockets = [socket.socket() for _ in DOORS]
    try:
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return {
            f"{p.service}.{p.name}": s.getsockname()[1] for p, s in zip(DOORS, sockets, strict=True)
        }
    finally:
        for each in sockets:
            each.close()


def standing_ports() -> dict[str, int]:
    """Return the ports of DESIGN §2."""
    return {f"{place.service}.{place.name}": place.port for place in DOORS}


def ports_in_use(ports: Mapping[str, int]) -> dict[str, int]:
    """Return those of the loopback ports, by "service.door", on which somebody listens."""
    taken = {}
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the doors do
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                taken[name] = port
    return taken


@dataclass(frozen=True)
class Installation:
    """One mesh in one home."""

    home: Home

    @property
    def _ports_file(self) -> Path:
        return self.home.secret("ports.json")

    def prepare(self, ports: Mapping[str, int] | None = None) -> Installation:
        """Make whatever is missing; what is there stays. ports: only taken at the first time."""
        self.home.prepare()
        make_pki(self.home, (MUNICIPALITY,), BANKS)
        make_sealing_key(self.home, MUNICIPALITY)
        for name in (*(f"token-{s}.key" for s in SERVICES), "card-hmac.key"):
            self._keep(name, secrets.token_hex(SECRET_BYTES))
        self._keep("confirmation.key", secrets.token_hex(SECRET_BYTES))
        self._keep("tamper.key", secrets.token_hex(SECRET_BYTES))
        if not self._ports_file.exists():
            write_private(self._ports_file, json.dumps(dict(ports or standing_ports())).encode())
        self._make_users()
        for service, content in self._contracts().items():
            text = json.dumps(content, ensure_ascii=False, indent=1)
            write_private(self.home.secret(f"contracts-{service}.json"), text.encode())
        terms = json.dumps(TERMS, ensure_ascii=False, indent=1)
        write_private(self.home.secret("terms-payment_provider.json"), terms.encode())
        for terminal in ("leased_line", "lgwan"):
            private_folder(self._copies(terminal))
        return self

    def _copies(self, terminal: str) -> Path:
        return self.home.run / "terminals" / terminal

    def _keep(self, name: str, content: str) -> None:
        if not self.home.secret(name).exists():
            write_private(self.home.secret(name), content.encode())

    def _secret(self, name: str) -> str:
        return self.home.secret(name).read_text(encoding="utf-8").strip()

    @property
    def ports(self) -> dict[str, int]:
        """Return the port of each door, by "service.door"."""
        found: dict[str, int] = read_json(self._ports_file)
        return found

    @property
    def planned_ports(self) -> dict[str, int]:
        """Return the ports that this home's doors have, or will have."""
        return self.ports if self._ports_file.exists() else standing_ports()

    def address(self, place: DoorPlace) -> str:
        """Return a door's address as a URL."""
        return f"https://{LOOPBACK}:{self.ports[f'{place.service}.{place.name}']}"

    @property
    def users(self) -> list[dict[str, Any]]:
        """Return the sandbox's users: service, door, user_id, password, roles, municipality."""
        found: list[dict[str, Any]] = read_json(self.home.secret("users.json"))
        return found

    def password_of(self, service: str, user_id: str) -> str:
        """Return a user's password."""
        return next(
            str(u["password"])
            for u in self.users
            if (u["service"], u["user_id"]) == (service, user_id)
        )

    def _make_users(self) -> None:
        """Make the users that are missing; whoever is there keeps the password."""
        there = self.users if self.home.secret("users.json").exists() else []
        wanted = [
            ("payment_provider", "leased_line", TERMINAL_USER, ["terminal"]),
            ("lgwan_asp", "lgwan", TERMINAL_USER, ["terminal"]),
            *(
                ("ward_gateway", "intranet", user, [SAME_ROLE.get(who, who)])
                for who, (_, user) in STAFF.items()
            ),
        ]
        known = {(user["service"], user["user_id"]) for user in there}
        users = [
            *there,
            *(
                {
                    "service": service,
                    "door": door,
                    "user_id": user,
                    "password": secrets.token_urlsafe(18),
                    "roles": roles,
                    "municipality": MUNICIPALITY,
                }
                for service, door, user, roles in wanted
                if (service, user) not in known
            ),
        ]
        if users == there:
            return
        write_private(self.home.secret("users.json"), json.dumps(users, indent=1).encode())
        for user in users[:2]:
            self._keep(f"password-{user['door']}", str(user["password"]))

    def _contracts(self) -> dict[str, Any]:
        jwk = json.loads(self._secret(f"sealing-{MUNICIPALITY}.public.jwk"))
        names = {key: dict(zip(_REMITTER_FIELDS, of, strict=True)) for key, of in REMITTERS.items()}
        return {
            "payment_provider": [
                {
                    "municipality": MUNICIPALITY,
                    "name_kana": "ｼﾝｼﾞﾕｸｸ",
                    "maker_code": MAKER_CODE,
                    "company_code": COMPANY_CODE,
                    "agent_company_code": "90001",
                    **names["mobile_banking"],
                    "confirm_business_days": 3,
                    "transfer_business_days": 3,
                    "fee_table": FEE_TABLE,
                    "item_fee_yen": ITEM_FEE_YEN,
                }
            ],
            "card_agent": [
                {
                    "municipality": MUNICIPALITY,
                    "agent_id": "0001",
                    **names["mobile_credit"],
                    "designated_dates": {"rule": "per_day", "business_days": 5},
                    "trustee_from": TRUSTEE_FROM,
                    "ward_public_jwk": jwk,
                }
            ],
            "lgwan_asp": [
                {
                    "municipality": MUNICIPALITY,
                    "institution_number": INSTITUTION,
                    "category": CATEGORY,
                    "institution_name_kana": "ｼﾝｼﾞﾕｸｸ",
                    "tamper_key_hex": self._secret("tamper.key"),
                    "appointed_banks": list(BANKS),
                    "payin_business_days": 2,
                    "inquiry_session_minutes": 10,
                    "cutoff": "17:00",
                    "effective_time": "07:00",
                }
            ],
            "ward_gateway": {
                "municipality": MUNICIPALITY,
                "name_kana": "ｼﾝｼﾞﾕｸｸ",
                "maker_code": MAKER_CODE,
                "company_code": COMPANY_CODE,
                "institution_number": INSTITUTION,
                "category": CATEGORY,
                "confirmation_key_hex": self._secret("confirmation.key"),
                "confirmation_digits": 4,
                "tamper_key_hex": self._secret("tamper.key"),
                "remitters": {code: channel for channel, (code, _) in REMITTERS.items()},
                "slip_limit_days": 60,
                "slip_limit_latest_month_day": "05-15",
                "trustee_from": TRUSTEE_FROM,
                "pay_in_statements_from": PAY_IN_STATEMENTS_FROM,
                "item_fees_yen": {"mobile_banking": ITEM_FEE_YEN},
                "debit_client_code": DEBIT_CLIENT_CODE,
            },
        }

    def environment(
        self, service: str, database_url: str, *, clock_start: datetime | None = None
    ) -> dict[str, str]:
        """Return the settings of one service, as environment variables, for sandbox mode."""
        start = clock_start or tokyo_time(FIRST_DAY)
        values = {
            "DATABASE_URL": database_url,
            "TOKEN_KEY_FILE": str(self.home.secret(f"token-{service}.key")),
            "CONTRACTS_FILE": str(self.home.secret(f"contracts-{service}.json")),
            "SANDBOX": "true",
            "SANDBOX_CLOCK_START": start.isoformat(),
        }
        for place in DOORS:
            if place.service == service:
                values |= self._door(place)
        values |= self._more(service)
        return {f"{service.upper()}_{name}": value for name, value in values.items()}

    def _door(self, place: DoorPlace) -> dict[str, str]:
        files = self.home.certificate(place.network, place.service.replace("_", "-"))
        prefix = place.name.upper()
        values = {
            f"{prefix}__HOST": LOOPBACK,
            f"{prefix}__PORT": str(self.ports[f"{place.service}.{place.name}"]),
            f"{prefix}__CERTIFICATE": str(files.certificate),
            f"{prefix}__KEY": str(files.key),
        }
        if place.mutual:
            values[f"{prefix}__CLIENT_AUTHORITY"] = str(self.home.authority(place.network))
        return values

    def peer(self, prefix: str, place: DoorPlace, file_name: str) -> dict[str, str]:
        """Return the settings of a peer: where it is, whom it must be, and what we show."""
        files = self.home.certificate(place.network, file_name)
        return {
            f"{prefix}__URL": self.address(place),
            f"{prefix}__SERVER_NAME": place.server_name,
            f"{prefix}__AUTHORITY": str(self.home.authority(place.network)),
            f"{prefix}__CERTIFICATE": str(files.certificate),
            f"{prefix}__KEY": str(files.key),
        }

    def _more(self, service: str) -> dict[str, str]:
        if service == "payment_provider":
            place = door_place("card_agent", "leased_line")
            terms_file = self.home.secret("terms-payment_provider.json")
            return self.peer("CARD_AGENT", place, "payment-provider-caller") | {
                "TERMS_FILE": str(terms_file),
                "SLIP_READINGS_PER_MINUTE": ONE_ADDRESS_PER_MINUTE,
            }
        if service == "card_agent":
            key = {"CARD_HMAC_KEY_FILE": str(self.home.secret("card-hmac.key"))}
            return key | {"CARD_TOKENS_PER_MINUTE": ONE_ADDRESS_PER_MINUTE}
        if service == "ward_gateway":
            sealing = {"SEALING_KEY_FILE": str(self.home.secret(f"sealing-{MUNICIPALITY}.jwk"))}
            return (
                sealing
                | self._terminal("payment_provider", "leased_line")
                | self._terminal("lgwan_asp", "lgwan")
            )
        return {}

    def _terminal(self, service: str, door: str) -> dict[str, str]:
        prefix = f"{door.upper()}_TERMINAL"
        return {
            **self.peer(f"{prefix}__PEER", door_place(service, door), TERMINAL),
            f"{prefix}__USER_ID": TERMINAL_USER,
            f"{prefix}__PASSWORD_FILE": str(self.home.secret(f"password-{door}")),
            f"{prefix}__COPIES_FOLDER": str(self._copies(door)),
        }


_REMITTER_FIELDS: Sequence[str] = ("remitter_code", "remitter_name_kana")
