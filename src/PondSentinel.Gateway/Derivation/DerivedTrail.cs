using PondSentinel.Derivation;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Quality;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Derivation;

/// <summary>Remembers the last records of a virtual device with what they were computed from, and computes them again where that was
/// revised. Not thread-safe: the one worker of its bus calls it.</summary>
/// <remarks>
/// <para>Only what makes a record worse is told, as of every revision. A formula that looks back is not run again: its result and those
/// after it are suspect for the period.</para>
/// <para>Memory: <see cref="StepsMax"/> records at most, and none longer than one of its inputs can still be revised.</para>
/// </remarks>
/// <param name="settings">What is computed.</param>
/// <param name="channels">The device's channels.</param>
/// <param name="latest">What all channels said, and what became of it.</param>
internal sealed class DerivedTrail(DerivedSettings settings, IReadOnlyList<PolledChannel> channels, LatestNumbers latest)
{
    /// <summary>Most records that are remembered.</summary>
    internal const int StepsMax = 64;

    private readonly List<Told> told = [];
    private DerivedStep? pending;

    /// <summary>Takes note of what a poll computes from.</summary>
    /// <param name="step">Inputs and results.</param>
    public void Note(DerivedStep step) => pending = step;

    /// <summary>Remembers the record that came of the last poll.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="clock">The clocks in the middle of its poll.</param>
    /// <param name="values">Its channels as they were told.</param>
    public void Remember(RecordId id, ClockReading clock, IReadOnlyList<ChannelValue> values)
    {
        if (pending is not { } step)
        {
            return;
        }

        pending = null;
        if (told.Count == StepsMax)
        {
            told.RemoveAt(0);
        }

        told.Add(new Told(step, new ToldRecord(id, clock, values, IsRevised: false)));
    }

    /// <summary>Takes note of what was told of earlier records since.</summary>
    /// <param name="records">The records.</param>
    public void Amend(IReadOnlyList<ToldRecord> records)
    {
        foreach (var record in records)
        {
            var place = told.FindIndex(known => known.Record.Id == record.Id);
            if (place >= 0)
            {
                told[place] = told[place] with { Record = record };
            }
        }
    }

    /// <summary>Records that are worse than they were told, since what they were computed from was revised. Oldest first.</summary>
    /// <param name="runs">The channels' formulas.</param>
    public IReadOnlyList<ToldRecord> Revised(IReadOnlyList<DerivedRun> runs)
    {
        List<ToldRecord> revised = [];
        var doubts = new Why?[settings.Channels.Count];
        for (var i = 0; i < told.Count; i++)
        {
            var (step, record) = told[i];
            var now = step.Sources.Select(Now).ToArray();
            if (now.SequenceEqual(step.Sources) && Array.TrueForAll(doubts, doubt => doubt is null))
            {
                continue;
            }

            var results = step.Results.ToArray();
            for (var channel = 0; channel < results.Length; channel++)
            {
                results[channel] = Result(runs[channel], channel, step, now, ref doubts[channel]);
            }

            var values = Worse(record.Values, results);
            told[i] = new Told(step with { Sources = now, Results = results }, record with { Values = values });
            if (!values.SequenceEqual(record.Values))
            {
                revised.Add(told[i].Record);
            }
        }

        told.RemoveAll(known => !known.Step.Sources.Any(source => source.Id is { } id && latest.As(source.Reference, id) is not null));
        return revised;
    }

    private DerivedSource Now(DerivedSource source) =>
        source.Id is { } id && latest.As(source.Reference, id) is { } value ? source with { Value = DerivedSource.Judged(value) } : source;

    private JudgedValue Result(DerivedRun run, int channel, DerivedStep step, DerivedSource[] now, ref Why? doubt)
    {
        var inputs = settings.Channels[channel].Sources;
        var isChanged = inputs.Any(input => input is not null && step.ValueOf(input) != DerivedStep.ValueOf(now, input));
        if (!isChanged)
        {
            return doubt is { } still ? DerivedRun.Doubted(step.Results[channel], still) : step.Results[channel];
        }

        var result = run.Again(step.AtMs, step.Results[channel], [.. inputs.Select(input => input is null ? default : DerivedStep.ValueOf(now, input))]);
        if (run.LooksBack)
        {
            doubt = (doubt ?? Why.None) | result.Why;
        }

        return result;
    }

    // Together with what its own tests have said of it; never better than it was told.
    private ChannelValue[] Worse(IReadOnlyList<ChannelValue> values, JudgedValue[] results)
    {
        var outputs = settings.Channels.Select((channel, i) => DerivedSensor.Output(channel, results[i]));
        var judged = RangeTest.Judge(channels, new Reading.Measured([.. outputs]));
        return
        [
            .. values.Zip(judged, (before, after) => before.Value is null ? before
                : after.Value is null ? after
                : after with
                {
                    Raw = before.Raw,
                    Calibration = before.Calibration,
                    Flag = FlagPrecedence.Aggregate(before.Flag, after.Flag),
                    Why = before.Why | after.Why,
                }),
        ];
    }

    private readonly record struct Told(DerivedStep Step, ToldRecord Record);
}

/// <summary>What a poll of a virtual device computed, and from what.</summary>
/// <param name="AtMs">When, on the sensor's own clock.</param>
/// <param name="Sources">The inputs, each once.</param>
/// <param name="Results">The results, in the order of the channels.</param>
internal sealed record DerivedStep(long AtMs, DerivedSource[] Sources, JudgedValue[] Results)
{
    /// <summary>What an input was.</summary>
    /// <param name="reference">The channel, as <c>device.channel</c>.</param>
    public JudgedValue ValueOf(string reference) => ValueOf(Sources, reference);

    /// <summary>What an input is.</summary>
    /// <param name="sources">The inputs.</param>
    /// <param name="reference">The channel.</param>
    public static JudgedValue ValueOf(DerivedSource[] sources, string reference) => Array.Find(sources, source => source.Reference == reference).Value;
}

/// <summary>An input of a virtual device as a poll found it.</summary>
/// <param name="Reference">The channel, as <c>device.channel</c>.</param>
/// <param name="Id">The record that it is of; null where it has none.</param>
/// <param name="Value">What it was.</param>
internal readonly record struct DerivedSource(string Reference, RecordId? Id, JudgedValue Value)
{
    /// <summary>What a channel said, as formulas take it.</summary>
    /// <param name="value">What it said.</param>
    public static JudgedValue Judged(ChannelValue value) => new(value.Value, value.Flag, value.Why);
}
