"""What is on the topics of inquiries, with the agreements and the agencies that they rest on."""

from collections.abc import Mapping
from typing import NamedTuple

from schemas.agreements import Agreement
from schemas.records.agency import AgencyRow
from schemas.topics import INQUIRY_REQUESTS, INQUIRY_RESPONSES
from sinks.access.agency_rows import agency_rows
from sinks.access.orders import current_agreements
from sinks.access.ports import Topics
from sinks.partnership.inquiries import Inquiries, decode_inquiries


class InquiryRecords(NamedTuple):
    """The inquiries and answers so far, the current agreements, and the registry's rows by agency."""

    inquiries: Inquiries
    agreements: Mapping[str, Agreement]
    rows: Mapping[str, AgencyRow]


async def inquiry_records(topics: Topics) -> InquiryRecords:
    """Return inquiries, agreements and the registry as they are now. Raises: Transient, Configuration."""
    requests, answers = await topics.newest(INQUIRY_REQUESTS.name), await topics.newest(INQUIRY_RESPONSES.name)
    inquiries = decode_inquiries(requests.values(), answers.values())
    return InquiryRecords(inquiries, await current_agreements(topics), await agency_rows(topics))
