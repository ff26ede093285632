"""CLINC150: 150 things that people ask of an assistant, as sentences (Larson and others, EMNLP 2019)."""

from __future__ import annotations

import json

from weightprobes.choices import check_choice
from weightprobes.datasets.files import published
from weightprobes.lazy import torch

_INTENTS = """accept_reservations account_blocked alarm application_status apr are_you_a_bot balance
    bill_balance bill_due book_flight book_hotel calculator calendar calendar_update calories cancel
    cancel_reservation car_rental card_declined carry_on change_accent change_ai_name change_language
    change_speed change_user_name change_volume confirm_reservation cook_time credit_limit
    credit_limit_change credit_score current_location damaged_card date definition direct_deposit
    directions distance do_you_have_pets exchange_rate expiration_date find_phone flight_status flip_coin
    food_last freeze_account fun_fact gas gas_type goodbye greeting how_busy how_old_are_you
    improve_credit_score income ingredient_substitution ingredients_list insurance insurance_change
    interest_rate international_fees international_visa jump_start last_maintenance lost_luggage make_call
    maybe meal_suggestion meaning_of_life measurement_conversion meeting_schedule min_payment mpg new_card
    next_holiday next_song no nutrition_info oil_change_how oil_change_when order order_checks
    order_status pay_bill payday pin_change play_music plug_type pto_balance pto_request
    pto_request_status pto_used recipe redeem_rewards reminder reminder_update repeat
    replacement_card_duration report_fraud report_lost_card reset_settings restaurant_reservation
    restaurant_reviews restaurant_suggestion rewards_balance roll_dice rollover_401k routing
    schedule_maintenance schedule_meeting share_location shopping_list shopping_list_update smart_home
    spelling spending_history sync_device taxes tell_joke text thank_you time timer timezone tire_change
    tire_pressure todo_list todo_list_update traffic transactions transfer translate travel_alert
    travel_notification travel_suggestion uber update_playlist user_name vaccines w2 weather
    what_are_your_hobbies what_can_i_ask_you what_is_your_name what_song where_are_you_from whisper_mode
    who_do_you_work_for who_made_you yes"""
CLASSES = tuple(_INTENTS.split())
NAME = "CLINC150"
SHAPE = (1600,)
COUNTS = {"train": 150 * (100,), "test": 150 * (30,)}
DIGEST = {"train": "3b19218d", "test": "bca1b37d"}

FILE = "clinc150/data_full.json"
CHECKSUM = "30c29dc6ab78edf3b5dfa640be204cde"
URL = "https://raw.githubusercontent.com/clinc/oos-eval/828f8093932c8fe6ca7936c3d2e52903b1c523de/data/data_full.json"


def load(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """TF-IDF of the words in five or more training sentences, shape (n, 1600), and labels, shape (n,).

    Words and their weights are learned from the training sentences alone. Validation sentences, and those
    that no intent fits, are left out.
    """
    check_choice("split", split, ("train", "test"))
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(min_df=5).fit(sentences("train")[0])
    texts, intents = sentences(split)
    x = words.transform(texts).astype("float32").toarray()
    return torch.from_numpy(x), torch.tensor([*map(CLASSES.index, intents)])


def sentences(split: str) -> tuple[list[str], list[str]]:
    """The sentences of a split, all those of an intent in a row, and their intents."""
    told = json.loads(published(NAME, FILE, URL, CHECKSUM).read_text(encoding="utf-8"))[split]
    return [sentence for sentence, _ in told], [intent for _, intent in told]
