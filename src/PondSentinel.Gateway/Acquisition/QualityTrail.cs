using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Quality;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>What the tests of a device's channels make of its records, the newest and those just before. Not thread-safe.
/// </summary>
/// <remarks>Differences in time are taken from the boot-time clock, which nobody sets; the season from the wall clock, and only
/// while somebody vouches for it. Begins anew with the process: the first samples have no past.</remarks>
/// <param name="channels">The device's channels.</param>
/// <param name="interval">Time between its polls.</param>
/// <param name="cross">What other channels say.</param>
internal sealed class QualityTrail(IReadOnlyList<PolledChannel> channels, TimeSpan interval, CrossJudge cross)
{
    private readonly ChannelJudge?[] judges =
    [
        .. channels.Select(channel => channel.Options.Tests.IsEmpty
            ? null
            : new ChannelJudge(channel.Options.Tests, interval, channel.Options.ConfirmedBy?.Within)),
    ];

    // The newest last.
    private readonly List<ToldRecord> told = new(SeriesJudge.SamplesLateMax);

    /// <summary>Judges the channels of the next record.</summary>
    /// <param name="clock">The clocks in the middle of its poll.</param>
    /// <param name="values">Its channels, in the order of the device's, with what is known of each value already.</param>
    /// <returns>Them with their flags, and the records that this makes worse, oldest first.</returns>
    public (IReadOnlyList<ChannelValue> Values, IReadOnlyList<ToldRecord> Revised) Judge(ClockReading clock, IReadOnlyList<ChannelValue> values)
    {
        values = cross.Judge(values);
        if (Array.TrueForAll(judges, judge => judge is null))
        {
            return (values, []);
        }

        var judged = values.ToArray();
        for (var i = 0; i < judged.Length; i++)
        {
            if (judges[i] is { } judge)
            {
                var (flag, why) = judge.Judge(Sample(clock, judged[i], channels[i].Options.DepthMetres), judged[i].Flag, judged[i].Why, cross.Beside(i, values));
                judged[i] = judged[i] with { Flag = flag, Why = why };
                Revise(i, judge.Late);
            }
        }

        return (judged, [.. told.Where(record => record.IsRevised)]);
    }

    /// <summary>Remembers the newest record as it was told.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="clock">The clocks in the middle of its poll.</param>
    /// <param name="values">Its channels.</param>
    public void Remember(RecordId id, ClockReading clock, IReadOnlyList<ChannelValue> values)
    {
        for (var i = 0; i < told.Count; i++)
        {
            told[i] = told[i] with { IsRevised = false };
        }

        if (told.Count == SeriesJudge.SamplesLateMax)
        {
            told.RemoveAt(0);
        }

        told.Add(new ToldRecord(id, clock, values, IsRevised: false));
    }

    /// <summary>Takes note of what was told of earlier records since, for another reason than a test of quality.</summary>
    /// <param name="records">The records.</param>
    public void Amend(IReadOnlyList<ToldRecord> records)
    {
        foreach (var record in records)
        {
            var place = told.FindIndex(known => known.Id == record.Id);
            if (place >= 0)
            {
                told[place] = record with { IsRevised = false, IsAmended = true };
            }
        }
    }

    private void Revise(int channel, IReadOnlyList<LateVerdict> late)
    {
        foreach (var verdict in late)
        {
            // The record before the newest is the last that was told.
            var place = told.Count - verdict.SamplesBack;
            if (place < 0)
            {
                continue;
            }

            var values = told[place].Values.ToArray();
            var before = values[channel];
            values[channel] = told[place].IsAmended
                ? before with { Flag = FlagPrecedence.Aggregate(verdict.Flag, before.Flag), Why = verdict.Why | before.Why }
                : before with { Flag = verdict.Flag, Why = verdict.Why };
            told[place] = told[place] with { Values = values, IsRevised = true };
        }
    }

    // What was taken in maintenance or in a solution is not the water's: it is no past that the next value could be held against.
    private static QualitySample Sample(ClockReading clock, ChannelValue value, double? depth) =>
        new(
            (long)clock.BootTime.TotalMilliseconds,
            (value.Why & (Why.Maintenance | Why.Calibrating)) != 0 ? double.NaN : value.Value ?? double.NaN,
            depth)
        {
            CalendarMs = clock.Trust is null ? null : clock.WallMs,
        };
}

/// <summary>A record that was handed to the buffer.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Clock">The clocks in the middle of its poll.</param>
/// <param name="Values">Its channels, as they are known by now.</param>
/// <param name="IsRevised">Whether that differs from what was told of it last.</param>
/// <param name="IsAmended">Whether something was told of it that the tests of quality do not know.</param>
internal sealed record ToldRecord(RecordId Id, ClockReading Clock, IReadOnlyList<ChannelValue> Values, bool IsRevised, bool IsAmended = false);
