using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Makes few records of many of one epoch: each channel keeps its mean, lowest, highest and how many values they
/// come from. Pure.</summary>
/// <remarks>A window is what one device sent one after the other: at most <see cref="RecordsMax"/> records within
/// <see cref="CoveredMax"/> by the boot clock, of one site, description and station, one life of the machine and one kind of
/// clock, and for each channel one measurand and calibration. A window never mixes values of a maintenance or calibration
/// with others: its lowest and highest would speak of the solution in the cup and not of the pond.</remarks>
internal static class Thinner
{
    /// <summary>Most records that one stands for.</summary>
    public const int RecordsMax = 10;

    private const Why Attended = Why.Maintenance | Why.Calibrating;

    /// <summary>Longest time that one record stands for: 1 h.</summary>
    public static TimeSpan CoveredMax { get; } = TimeSpan.FromHours(1);

    /// <summary>Thins records.</summary>
    /// <param name="records">The records by rising number.</param>
    /// <returns>What stands for them, by rising number: every number is one of these or replaced by exactly one.</returns>
    public static IReadOnlyList<ThinnedRecord> Thin(IEnumerable<(long Number, BufferedRecord Record)> records)
    {
        Dictionary<(string Station, string Device), Window> open = [];
        List<ThinnedRecord> thinned = [];
        foreach (var (number, record) in records)
        {
            var device = (record.Station, record.Device);
            if (open.TryGetValue(device, out var window) && window.TryAdd(number, record))
            {
                continue;
            }

            if (window is not null)
            {
                thinned.Add(window.Close());
            }

            open[device] = new Window(number, record);
        }

        thinned.AddRange(open.Values.Select(window => window.Close()));
        thinned.Sort((left, right) => left.Number.CompareTo(right.Number));
        return thinned;
    }

    // What the wire would not take is left alone: it goes out, or does not, as it is.
    private static bool IsWhole(BufferedRecord record) => record.Channels.All(channel =>
        (channel.Value is null) == (channel.Flag == QualityFlag.Missing)
        && double.IsFinite(channel.Value ?? 0)
        && double.IsFinite(channel.Raw ?? 0)
        && channel.Count is null);

    private static ChannelValue Summary(List<ChannelValue> column)
    {
        var taking = column.FindAll(value => value.Value is not null && value.Flag != QualityFlag.Fail);
        if (taking.Count == 0)
        {
            taking = column.FindAll(value => value.Value is not null);
        }

        var whys = (taking.Count == 0 ? column : taking).Aggregate(Why.None, (sum, value) => sum | value.Why);
        if (taking.Count == 0)
        {
            return column[^1] with { Why = whys, Raw = null, Count = 0 };
        }

        var values = taking.ConvertAll(value => value.Value!.Value);
        return column[^1] with
        {
            Value = Mean(values),
            Low = values.Min(),
            High = values.Max(),
            Count = values.Count,
            Flag = taking.Max(value => value.Flag),
            Why = whys,

            // What a straight calibration makes of the mean raw is the mean of what it made of each; a later, better
            // calibration can still be applied to it.
            Raw = taking.TrueForAll(value => value.Raw is not null) ? Mean(taking.ConvertAll(value => value.Raw!.Value)) : null,
        };
    }

    // No sum that could overflow; and rounding takes no mean out of its bounds.
    private static double Mean(List<double> values) =>
        Math.Clamp(values.Sum(value => value / values.Count), values.Min(), values.Max());

    private sealed class Window
    {
        private readonly List<long> numbers = [];
        private readonly List<BufferedRecord> records = [];
        private readonly List<string> order = [];
        private readonly Dictionary<string, List<ChannelValue>> columns = new(StringComparer.Ordinal);

        public Window(long number, BufferedRecord record) => Add(number, record);

        public bool TryAdd(long number, BufferedRecord record)
        {
            if (!Takes(number, record))
            {
                return false;
            }

            Add(number, record);
            return true;
        }

        public ThinnedRecord Close()
        {
            if (records.Count == 1)
            {
                return new ThinnedRecord(numbers[0], records[0], CoveredMs: null, []);
            }

            var covered = records[^1].Clock.BootTime - records[0].Clock.BootTime;
            var record = records[^1] with { Channels = [.. order.Select(channel => Summary(columns[channel]))] };
            return new ThinnedRecord(numbers[^1], record, (long)covered.TotalMilliseconds, numbers[..^1]);
        }

        private bool Takes(long number, BufferedRecord record)
        {
            var (first, last) = (records[0], records[^1]);
            return records.Count < RecordsMax
                && number > numbers[^1]
                && string.Equals(first.Site, record.Site, StringComparison.Ordinal)
                && string.Equals(first.Schema, record.Schema, StringComparison.Ordinal)
                && first.Clock.Boot == record.Clock.Boot
                && first.Clock.Trust?.Source == record.Clock.Trust?.Source
                && record.Clock.BootTime >= last.Clock.BootTime
                && record.Clock.BootTime - first.Clock.BootTime <= CoveredMax
                && IsWhole(first)
                && IsWhole(record)
                && record.Channels.All(Takes);
        }

        private bool Takes(ChannelValue value) =>
            !columns.TryGetValue(value.Channel, out var column)
            || (column[0].Measurand == value.Measurand
                && string.Equals(column[0].Calibration, value.Calibration, StringComparison.Ordinal)
                && (column[0].Why & Attended) == (value.Why & Attended));

        private void Add(long number, BufferedRecord record)
        {
            numbers.Add(number);
            records.Add(record);
            foreach (var value in record.Channels)
            {
                if (!columns.TryGetValue(value.Channel, out var column))
                {
                    columns.Add(value.Channel, column = []);
                    order.Add(value.Channel);
                }

                column.Add(value);
            }
        }
    }
}
