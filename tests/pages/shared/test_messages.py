"""Numbers and names in words."""

from pages.shared.messages import memory_used, shortened, size


def test_memory_is_said_in_the_unit_of_all_sizes():
    assert memory_used(5531, 24_128) == "5.8 of 25.3 GB"
    assert size(24_128 * 2**20) == "25.3 GB"


def test_a_long_name_is_cut_before_its_version():
    assert shortened("Things on my desk@2", 26) == "Things on my desk@2"
    assert shortened("Things on the windowsill of my room@12", 26) == "Things on the windowsi…@12"
