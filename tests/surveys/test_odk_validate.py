"""ODK Validate, the judge of what Collect can open, on every form as we serve it."""

from xml.etree import ElementTree

import pytest
from django.core.cache import cache

from tests.places.factories import make_village
from tests.surveys.collect import LIST
from tests.surveys.factories import OPENS, make_campaign
from xiangli.core.errors import UserError
from xiangli.surveys import services
from xiangli.surveys.models import Campaign
from xiangli.surveys.xlsform import import_workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def serve(client, tmp_path):
    """Fetches a campaign's form as a phone does, into a file."""
    cache.clear()

    def fetched(campaign, name):
        access = services.add_enumerator(by=None, campaign=campaign, place=campaign.place, label="一")
        (row,) = ElementTree.fromstring(client.get(f"/odk/{access.token}/formList").content)
        path = tmp_path / f"{name}.xml"
        path.write_bytes(client.get(row.findtext(f"{LIST}downloadUrl")).content)
        return path

    return fetched


def test_odk_validate_finds_fault_with_a_broken_form(odk_validate, tmp_path):
    path = tmp_path / "broken.xml"
    path.write_text("<html/>")
    assert list(odk_validate(path)) == ["broken.xml"]


def test_odk_validate_accepts_the_standard_form_as_served(odk_validate, serve):
    assert odk_validate(serve(make_campaign(make_village(name="吃<喝>&“村”")), "standard")) == {}


def test_odk_validate_accepts_every_imported_form_as_served(odk_validate, serve, shared_data):
    village = make_village()
    forms, refused = [], []
    for path in sorted((shared_data / "xlsforms").iterdir()):
        try:
            definition = import_workbook(path.read_bytes(), notice="镇党政办，0379-0000").definition
        except UserError:
            refused.append(path.name)
            continue
        campaign = Campaign.everywhere.create(
            county=village.county, place=village, title="试一试", definition=definition, notice="", opens=OPENS
        )
        forms.append(serve(campaign, path.stem))
    assert (len(forms), len(refused)) == (24, 5)
    assert odk_validate(*forms) == {}
