using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Finds what is to be sent next, and reads it from the card.</summary>
/// <remarks>Used by whoever holds the card; the ledger is touched under the gate.</remarks>
/// <param name="times">What gives records their final time.</param>
/// <param name="records">The records.</param>
/// <param name="events">The events.</param>
/// <param name="waiting">What the card did not take.</param>
/// <param name="gate">Guards the ledger and what waits.</param>
/// <param name="saveLater">Called where anything had to be declared gone.</param>
internal sealed class LogReader(
    BootTimes times, NumberedStream records, NumberedStream events, WaitingFrames waiting, Lock gate, Action saveLater)
{
    /// <summary>The next run of a lane; null where there is none.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="recordsMax">Most records.</param>
    public RecordRun? NextRun(Lane lane, int recordsMax)
    {
        while (NextOf(records, lane) is var (epoch, range))
        {
            var builder = new RunBuilder(epoch, recordsMax, FinalOf);
            var isAway = Read(records, epoch, Bounded(range), builder);
            if (isAway && builder.Run is null && Unsaved(records, epoch, range) is { } unsaved)
            {
                Read(records, epoch, Bounded(unsaved), builder);
            }

            lock (gate)
            {
                epoch.AwaitCard(lane, isAway && builder.Run is null);
                if (builder.Run is { } run)
                {
                    epoch.Offer(run.Range);
                    return run;
                }

                epoch.AwaitsTime = builder.AwaitsTime;
            }
        }

        return null;
    }

    /// <summary>The next event; null where there is none.</summary>
    public EventEntry? NextEvent()
    {
        while (NextOf(events, Lane.Backlog) is var (epoch, range))
        {
            var picker = new EventPicker(epoch, FinalOf, TimeOfLoss());
            var isAway = Read(events, epoch, range with { Last = range.First }, picker);
            if (isAway && Unsaved(events, epoch, range) is { } unsaved)
            {
                Read(events, epoch, unsaved with { Last = unsaved.First }, picker);
            }

            lock (gate)
            {
                epoch.AwaitCard(Lane.Backlog, isAway && picker.Entry is null);
                if (picker.Entry is { } entry)
                {
                    epoch.Offer(new SequenceRange(entry.Number, entry.Number));
                    return entry;
                }

                epoch.AwaitsTime = picker.AwaitsTime;
            }
        }

        return null;
    }

    /// <summary>Final time of a record, UTC ms since 1970; null where it has none or is gone.</summary>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="number">Its number.</param>
    public long? TimeOf(EpochLedger epoch, long number)
    {
        var builder = new RunBuilder(epoch, recordsMax: 1, FinalOf);
        Read(records, epoch, new SequenceRange(number, number), builder);
        return builder.Run is { Records: [var record, ..] } ? record.TimeMs : null;
    }

    private static SequenceRange Bounded(SequenceRange range) =>
        range with { Last = Math.Min(range.Last, range.First + Batch.RangeMax - 1) };

    // What the card does not take need not wait for what it does not give.
    private SequenceRange? Unsaved(NumberedStream stream, EpochLedger epoch, SequenceRange range)
    {
        lock (gate)
        {
            return waiting.FirstAbove(stream, epoch.Epoch, range.First) is { } first && first <= range.Last
                ? range with { First = first }
                : null;
        }
    }

    // Whether it ended because the card is away.
    private bool Read(NumberedStream stream, EpochLedger epoch, SequenceRange range, IFrameReader reader)
    {
        var reading = new StreamReader(stream, waiting, gate);
        reading.Read(epoch, range, reader);
        if (reading.FoundBad)
        {
            saveLater();
        }

        return reading.IsCardAway;
    }

    private (EpochLedger Epoch, SequenceRange Range)? NextOf(NumberedStream stream, Lane lane)
    {
        lock (gate)
        {
            foreach (var epoch in stream.Ledger.Epochs)
            {
                if (epoch.Next(lane) is { } range)
                {
                    return (epoch, range);
                }
            }

            return null;
        }
    }

    private (long TimeMs, ClockStamp Stamp) TimeOfLoss()
    {
        lock (gate)
        {
            return (times.NewestMs, new ClockStamp(ClockSource.Est, times.NewestMs - ClockOptions.FirstMs));
        }
    }

    private (long TimeMs, ClockStamp Stamp)? FinalOf(ClockReading clock)
    {
        lock (gate)
        {
            return times.FinalOf(clock);
        }
    }
}
