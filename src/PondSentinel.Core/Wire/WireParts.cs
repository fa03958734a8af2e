using System.Text.Json;

namespace PondSentinel.Wire;

/// <summary>Parts that several messages share: times, clocks, ranges, inventories.</summary>
internal static class WireParts
{
    /// <summary>Bound of a time in ms, both ways: 2^53 - 1, which every JSON reader keeps exact.</summary>
    public const long TimeMax = SequenceRange.SequenceMax;

    /// <summary>Most epochs in an inventory.</summary>
    public const int InventoryMax = 4096;

    extension(Node node)
    {
        /// <summary>A time: UTC, ms since 1970.</summary>
        public long Time(string member) => node.Integer(member, -TimeMax, TimeMax);

        /// <summary>A count, or a sequence number: 0 to 2^53 - 1.</summary>
        public long Count(string member) => node.Integer(member, 0, SequenceRange.SequenceMax);

        /// <summary>The clock, member <c>ck</c>.</summary>
        public ClockStamp? OptionalClock()
        {
            if (node.OptionalObject("ck") is not { } clock)
            {
                return null;
            }

            if (!ClockSourceTokens.TryParse(clock.NameIn("src"), out var source))
            {
                clock.Refuse("src is not one of gps ntp rtc srv est");
            }

            return new ClockStamp(source, clock.Count("err_ms"));
        }

        /// <summary>The clock, which has to be there.</summary>
        public ClockStamp Clock()
        {
            if (node.OptionalClock() is { } clock)
            {
                return clock;
            }

            node.Refuse("ck is missing");
            return default;
        }

        /// <summary>This node as the first two items of an array: a range.</summary>
        public SequenceRange RangeHere()
        {
            var first = node.IntegerAt(0, 0, SequenceRange.SequenceMax);
            var last = node.IntegerAt(1, 0, SequenceRange.SequenceMax);
            if (last < first)
            {
                node.Refuse("ends before it begins");
            }

            return new SequenceRange(first, last);
        }

        /// <summary>Ranges that rise and do not touch a number twice.</summary>
        public List<SequenceRange> RisingRanges(string member, int countMax)
        {
            List<SequenceRange> ranges = [];
            foreach (var item in node.Items(member, countMax))
            {
                if (!item.IsTuple(2))
                {
                    break;
                }

                var range = item.RangeHere();
                if (ranges.Count > 0 && range.First <= ranges[^1].Last)
                {
                    item.Refuse("does not lie above the one before it");
                }

                ranges.Add(range);
            }

            return ranges;
        }

        /// <summary>The epochs held, member <c>inv</c>.</summary>
        public List<HeldEpoch> Inventory()
        {
            List<HeldEpoch> held = [];
            foreach (var item in node.Items("inv", InventoryMax))
            {
                if (!item.IsTuple(3))
                {
                    break;
                }

                var epoch = item.TextAt(0, Names.IsEpoch, "an epoch");
                var first = item.IntegerAt(1, 0, SequenceRange.SequenceMax);
                var last = item.IntegerAt(2, -1, SequenceRange.SequenceMax);

                // Where nothing of an epoch is held any more, the first held lies one above the last.
                if (last < first - 1)
                {
                    item.Refuse("ends before it begins");
                }

                held.Add(new HeldEpoch(epoch, first, last));
            }

            return held;
        }
    }

    extension(Utf8JsonWriter json)
    {
        /// <summary>Writes the clock.</summary>
        public void WriteClock(ClockStamp clock)
        {
            json.WriteStartObject("ck");
            json.WriteString("src", clock.Source.Token);
            json.WriteNumber("err_ms", clock.ErrorMs);
            json.WriteEndObject();
        }

        /// <summary>Writes a text, or nothing where there is none.</summary>
        public void WriteOptional(string member, string? text)
        {
            if (text is not null)
            {
                json.WriteString(member, text);
            }
        }

        /// <summary>Writes a number, or null where there is none.</summary>
        public void WriteNumberOrNull(string member, double? number)
        {
            if (number is { } value)
            {
                json.WriteNumber(member, value);
            }
            else
            {
                json.WriteNull(member);
            }
        }

        /// <summary>Writes a whole number, or null where there is none.</summary>
        public void WriteIntegerOrNull(string member, long? number)
        {
            if (number is { } value)
            {
                json.WriteNumber(member, value);
            }
            else
            {
                json.WriteNull(member);
            }
        }

        /// <summary>Writes an inventory; where it is too long, its newest epochs.</summary>
        public void WriteInventory(IReadOnlyList<HeldEpoch> inventory)
        {
            json.WriteStartArray("inv");
            foreach (var held in inventory.Skip(inventory.Count - InventoryMax))
            {
                json.WriteStartArray();
                json.WriteStringValue(held.Epoch);
                json.WriteNumberValue(held.FirstHeld);
                json.WriteNumberValue(held.Last);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        /// <summary>Writes ranges.</summary>
        public void WriteRanges(string member, IReadOnlyList<SequenceRange> ranges)
        {
            json.WriteStartArray(member);
            foreach (var range in ranges)
            {
                json.WriteStartArray();
                json.WriteNumberValue(range.First);
                json.WriteNumberValue(range.Last);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }
    }
}
