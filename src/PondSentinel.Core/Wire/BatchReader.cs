using System.Globalization;

namespace PondSentinel.Wire;

/// <summary>Reads the members of one batch.</summary>
/// <param name="top">The batch.</param>
internal sealed class BatchReader(Node top)
{
    // From one end of what a time may be to the other.
    private const long TimeStepMax = 2 * WireParts.TimeMax;

    private readonly List<DeviceRecord> records = [];
    private readonly List<long> unreadable = [];
    private SequenceRange range;
    private long baseTime;
    private int values;

    /// <summary>Reads it; what is wrong stands in <see cref="Node.FirstFault"/> afterwards.</summary>
    public Batch Read()
    {
        var numbers = top.Array("s");
        range = numbers.IsTuple(2) ? numbers.RangeHere() : default;
        var hasGroups = top.Has("g");
        if (!hasGroups && (top.Has("t0") || top.Has("ck") || top.Has("sch")))
        {
            top.Refuse("t0, ck or sch without g");
        }

        baseTime = hasGroups ? top.Time("t0") : 0;
        var batch = new Batch
        {
            Gateway = top.NameIn("gw"),
            Epoch = top.Epoch("ep"),
            Range = range,
            Schema = hasGroups ? top.Token("sch", Names.IsSchema, "8 hexadecimal digits") : null,
            Clock = hasGroups ? top.Clock() : null,
            Gone = ReadGone(),
        };
        foreach (var group in top.OptionalItems("g", Batch.RangeMax))
        {
            ReadGroup(group);
            if (top.FirstFault is not null)
            {
                return batch;
            }
        }

        records.Sort((left, right) => left.Sequence.CompareTo(right.Sequence));
        batch = batch with { Records = records, Unreadable = Unreadable() };
        if (BatchContract.FaultIn(batch) is { } fault)
        {
            top.Refuse(fault);
        }

        return batch;
    }

    private List<GoneRange> ReadGone()
    {
        List<GoneRange> gone = [];
        foreach (var item in top.OptionalItems("gone", Batch.RangeMax))
        {
            if (!item.IsTuple(3))
            {
                break;
            }

            var token = item.TextAt(2, Names.IsName, "a cause");
            gone.Add(new GoneRange(item.RangeHere(), LossCauses.TryParse(token, out var cause) ? cause : LossCause.Other));
        }

        gone.Sort((left, right) => left.Range.First.CompareTo(right.Range.First));
        return gone;
    }

    private void ReadGroup(Node group)
    {
        var offsets = group.Integers("n", count: null, Batch.RangeMax, 0, Batch.RangeMax);
        var count = offsets.Length;
        var numbers = Running(group, "n", offsets, range.First, SequenceRange.SequenceMax);
        var times = Running(
            group, "dt", group.Integers("dt", count, count, -TimeStepMax, TimeStepMax), baseTime, WireParts.TimeMax);
        var covered = group.Has("w") ? group.IntegersOrOne("w", count, 0, WireParts.TimeMax) : null;
        var revised = ReadRevised(group, count);
        var device = group.NameIn("d");
        var station = group.NameIn("st");
        List<ChannelColumn> columns = [];
        var isReadable = true;
        foreach (var channel in group.Object("c").Members())
        {
            values += count;
            if (values > Batch.ValuesMax)
            {
                group.Refuse(string.Create(CultureInfo.InvariantCulture, $"more than {Batch.ValuesMax} values in the batch"));
            }

            if (top.FirstFault is not null)
            {
                return;
            }

            var column = ChannelColumn.Read(channel, count, covered is not null);
            isReadable &= column.Measurand is not null;
            columns.Add(column);
        }

        if (columns.Count == 0)
        {
            group.Refuse("no channels");
        }

        if (top.FirstFault is not null)
        {
            return;
        }

        if (!isReadable)
        {
            unreadable.AddRange(numbers);
            return;
        }

        for (var i = 0; i < count; i++)
        {
            records.Add(new DeviceRecord
            {
                Sequence = numbers[i],
                TimeMs = times[i],
                Station = station,
                Device = device,
                Channels = Row(columns, i),
                CoveredMs = covered?[i],
                Revises = revised?[i],
            });
        }
    }

    private static RecordId[]? ReadRevised(Node group, int count)
    {
        if (group.OptionalObject("of") is not { } of)
        {
            return null;
        }

        var epoch = of.Epoch("ep");
        var steps = of.Integers("n", count, count, -SequenceRange.SequenceMax, SequenceRange.SequenceMax);
        return [.. Running(of, "n", steps, 0, SequenceRange.SequenceMax).Select(number => new RecordId(epoch, number))];
    }

    private static ChannelValue[] Row(List<ChannelColumn> columns, int index)
    {
        var row = new ChannelValue[columns.Count];
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = columns[i].At(index);
        }

        return row;
    }

    // Turns steps into what they lead to. A step is at most twice the bound, so no sum overflows before it is looked at.
    private static long[] Running(Node node, string member, long[] steps, long start, long max)
    {
        var sum = start;
        var reached = new long[steps.Length];
        for (var i = 0; i < steps.Length; i++)
        {
            sum += steps[i];
            if (sum < -max || sum > max)
            {
                node.Refuse(string.Create(CultureInfo.InvariantCulture, $"{member}[{i}] leads out of bounds"));
                break;
            }

            reached[i] = sum;
        }

        return reached;
    }

    private List<RejectedRange> Unreadable()
    {
        unreadable.Sort();
        List<RejectedRange> ranges = [];
        foreach (var number in unreadable)
        {
            if (ranges.Count > 0 && ranges[^1].Range.Last == number - 1)
            {
                ranges[^1] = new RejectedRange(ranges[^1].Range with { Last = number }, RejectCauses.Type);
            }
            else
            {
                ranges.Add(new RejectedRange(new SequenceRange(number, number), RejectCauses.Type));
            }
        }

        return ranges;
    }
}
