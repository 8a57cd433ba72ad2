"""What each problem code means, for the clerk who holds the file: in Japanese and in English.

Knows codes, no file. A test demands a sentence for every code that anything in shared/files,
shared/keys or the layout conversion can report.
"""

from __future__ import annotations

from typing import NamedTuple

from shared.files.explanations_of_rules import BETWEEN_FIELDS, OF_CONVERSIONS
from shared.files.explanations_of_trade import OF_THE_TRADE


class Explanation(NamedTuple):
    """One code in words."""

    japanese: str
    english: str


_FRAME = {
    "empty_file": ("ファイルに1件もレコードがありません。", "The file holds no record at all."),
    "missing_trailer": (
        "合計レコード（8）がないまま、ファイルが終わっています。",
        "The file ends before its trailer record (8).",
    ),
    "missing_end_record": (
        "終了レコード（9）がないまま、ファイルが終わっています。",
        "The file ends before its end record (9).",
    ),
    "unknown_record_kind": (
        "データ区分が 1・2・8・9 のどれでもありません。",
        "The record begins with none of 1, 2, 8, 9.",
    ),
    "record_out_of_order": (
        "この位置に置けないレコードです（順序は 1・2・8・9）。",
        "This kind of record may not stand here (the order is 1, 2, 8, 9).",
    ),
    "several_blocks": (
        "1日分のファイルに、見出しレコードが二つ以上あります。",
        "A day file holds more than one header.",
    ),
    "incomplete_record": (
        "途中で切れたレコードがあります。以降は読めません。",
        "A record is cut short; what follows cannot be read.",
    ),
    "broken_line_end": (
        "改行が決まりと違います（CSVはCR+LF、固定長は1件目と同じ形）。以降は読めません。",
        "This line does not end as it must (a CSV: CR LF, else as the first record): it is lost.",
    ),
    "too_many_records": (
        "件数が6桁（999,999件）を超えています。",
        "There are more records than six digits can count (999,999).",
    ),
    "wrong_record_length": (
        "レコードの長さが正しくありません。",
        "The record does not have its length.",
    ),
    "file_refused": (
        "問題があるため、ファイル全体を受け付けません。",
        "The file is refused as a whole because of its problems.",
    ),
    "record_out_of_sequence": (
        "通番が 1 からの連番になっていません。",
        "The running numbers do not go 1, 2, 3 and so on without a gap.",
    ),
    "count_mismatch": (
        "件数が、実際の件数と一致しません。",
        "The count is not the number of records that are there.",
    ),
    "total_mismatch": (
        "合計金額が、実際の合計と一致しません。",
        "The total is not the sum of the records that are there.",
    ),
    "hash_mismatch": (
        "ハッシュ値（SHA-256）が一致しません。作成後に内容が変わっています。",
        "The SHA-256 differs: the file was changed after it was made.",
    ),
    "wrong_seal": (
        "改ざん検知の値が一致しません。レコードが変わったか、鍵が違います。",
        "The seal differs: the record was changed, or the key is another one.",
    ),
    "source_changed": (
        "読んでいる間に、ファイルの内容が変わりました。",
        "The file changed while it was being read.",
    ),
}
_CSV = {
    "wrong_header": ("列名の行が決められた形と違います。", "The header row is not the agreed one."),
    "byte_order_mark": (
        "先頭にBOMがあります。BOMなしのUTF-8で保存してください。",
        "The file begins with a byte order mark; save it as UTF-8 without one.",
    ),
    "not_utf_8": (
        "UTF-8の文字ではありません（Shift_JISなどで保存されています）。",
        "This is not UTF-8 (perhaps it was saved as Shift_JIS).",
    ),
    "wrong_column_count": ("列の数が違います。", "The row has another number of columns."),
    "broken_quoting": (
        '引用符（"）が閉じていないか、位置が違います。',
        'A quote (") is not closed, or stands in a wrong place.',
    ),
    "missing_line_end": (
        "最後の行に改行（CRLF）がありません。途中で切れたおそれがあります。",
        "The last row has no line end (CRLF); it may have been cut off.",
    ),
    "row_too_long": ("行が長すぎます。", "The row is too long to be one of ours."),
}
_VALUES = {
    "wrong_constant": ("決められた値ではありません。", "This is not the fixed value."),
    "filler_not_blank": (
        "予備（空白のはずの欄）に文字があります。",
        "There is something in a filler, which must be blank.",
    ),
    "not_digits": ("数字だけの欄に、ほかの文字があります。", "This field takes digits only."),
    "not_a_number": (
        "数値ではありません（符号・小数・先頭の0・全角は使えません）。",
        "This is no whole number (no sign, decimals, leading zeros or full-width digits).",
    ),
    "not_a_date": ("暦にない日付です。", "This is no day of the calendar."),
    "outside_window": (
        "和暦の日付が、受信日の前後の期間に入りません。",
        "The era date is too far from the day of receipt to be one of this file.",
    ),
    "not_a_time": ("時刻ではありません。", "This is no time of day."),
    "not_an_instant": (
        "日時ではありません（例 2025-06-02T03:01:59Z）。",
        "This is no UTC instant such as 2025-06-02T03:01:59Z.",
    ),
    "finer_than_a_second": ("日時は秒までです。", "An instant goes down to seconds only."),
    "not_hex": ("16進数（0-9, a-f）ではありません。", "These are no hex digits (0-9, a-f)."),
    "unknown_code": ("決められたコードの中にありません。", "This code is not on the list."),
    "outside_character_set": (
        "使えない文字です（英大文字・数字・半角カナ・記号のみ）。",
        "A character may not stand here (upper case, digits, half-width kana, some symbols).",
    ),
    "space_at_either_end": (
        "前または後ろに空白があります。",
        "The text begins or ends with a space.",
    ),
    "too_wide": ("欄に入りきりません（切り捨てません）。", "This does not fit; nothing is cut."),
    "negative": ("負の数は書けません。", "A negative number cannot be written."),
    "not_a_whole_number": ("整数ではありません。", "This is no whole number."),
    "not_text": ("文字列ではありません。", "This is no text."),
    "malformed_id": ("識別番号の形が正しくありません。", "The id is not well formed."),
    "malformed_code": ("コードの形が正しくありません。", "The code is not well formed."),
    "malformed_text": (
        "使えない文字があるか、長すぎます。",
        "The text is too long or holds a character that may not stand here.",
    ),
    "malformed_postal_code": ("郵便番号は数字7桁です。", "A postal code has seven digits."),
    "malformed_notice_number": (
        "通知書番号の形が正しくありません。",
        "The notice number is not well formed.",
    ),
    "malformed_customer_number": (
        "顧客番号が賦課年度・通知書番号・期の15桁ではありません。",
        "The customer number is not the 15 digits of levy year, notice number and instalment.",
    ),
    "malformed_payment_number": (
        "納付番号の形が正しくありません。",
        "The payment number is not well formed.",
    ),
    "malformed_confirmation_number": (
        "確認番号は数字4桁から6桁です。",
        "A confirmation number has four to six digits.",
    ),
    "malformed_receipt_number": (
        "収納受付番号の形が正しくありません。",
        "The receipt number is not well formed.",
    ),
    "looks_like_a_state_number": (
        "個人番号（12桁）に見える値です。入れてはいけません。",
        "This looks like an individual's state number, which may not stand here.",
    ),
    "approval_number_not_masked": (
        "承認番号が伏せ字になっていません。",
        "The approval number is not masked.",
    ),
}
_KEYS = {
    "malformed_barcode": (
        "バーコードの44桁の形が正しくありません。",
        "The 44 digits are not a barcode.",
    ),
    "wrong_check_digit": (
        "検査数字が合いません。読取りか入力の誤りです。",
        "The check digit is wrong: a digit was misread or mistyped.",
    ),
    "reissue_out_of_range": ("再発行区分は0から9です。", "The reissue count is 0 to 9."),
    "bad_limit_date": (
        "支払期限が暦にない日付です。",
        "The limit date in the barcode is no day of the calendar.",
    ),
    "amount_over_cap": (
        "バーコードの金額が30万円を超えています。",
        "The barcode's amount is over 300,000 yen.",
    ),
    "malformed_ocr_line": ("OCR行の形が正しくありません。", "The OCR line is not well formed."),
    "unknown_channel_code": ("チャネルコードがありません。", "There is no such channel code."),
    "unknown_chain_code": (
        "コンビニ本部コードがありません。",
        "There is no such chain code among ours.",
    ),
    "variant_a": (
        "形式A（バーコードが17桁目から）のデータです。この形式では読みません。",
        "This is a record of variant A (barcode from byte 17); this reader does not take it.",
    ),
}
EXPLANATIONS: dict[str, Explanation] = {
    code: Explanation(*sentences)
    for chapter in (_FRAME, _CSV, _VALUES, _KEYS, BETWEEN_FIELDS, OF_CONVERSIONS, OF_THE_TRADE)
    for code, sentences in chapter.items()
}
NOT_EXPLAINED = Explanation("説明のない問題です。", "There is no sentence for this code.")


def explanation_of(code: str) -> Explanation:
    """Return what a code means; NOT_EXPLAINED for one that nobody has put in words."""
    return EXPLANATIONS.get(code, NOT_EXPLAINED)
