using PondSentinel.Derivation;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Derivation;

/// <summary>Computes the channels of a virtual device from what others said last.</summary>
/// <remarks>An input is the newest value of its channel as long as that is no older than two intervals of its device (<see cref="LatestNumbers"/>);
/// where the newest one is missing, so is the result. Results are told with six figures. Not thread-safe: the one worker of its bus calls it.</remarks>
internal sealed class DerivedSensor : ISensor
{
    // More than any probe has, and each digit more is a byte on the link.
    private const int Figures = 6;

    private readonly DerivedSettings settings;
    private readonly LatestNumbers latest;
    private readonly TimeProvider time;
    private readonly long begun;
    private readonly DerivedRun[] runs;
    private readonly string[] references;

    /// <summary>Begins.</summary>
    /// <param name="settings">What is computed.</param>
    /// <param name="channels">The device's channels.</param>
    /// <param name="interval">How often.</param>
    /// <param name="latest">What all channels said last.</param>
    /// <param name="time">For formulas that look back.</param>
    public DerivedSensor(
        DerivedSettings settings, IReadOnlyList<PolledChannel> channels, TimeSpan interval, LatestNumbers latest, TimeProvider time)
    {
        (this.settings, this.latest, this.time) = (settings, latest, time);
        Trail = new DerivedTrail(settings, channels, latest);
        references = [.. settings.Channels.SelectMany(channel => channel.Sources).OfType<string>().Distinct(StringComparer.Ordinal)];
        begun = time.GetTimestamp();
        runs =
        [
            .. settings.Channels.Select(channel => new DerivedRun(new FormulaSetting(
                channel.Formula,
                [.. channel.Sources.Select(source => source is null ? (Measurand?)null : settings.Measured[source])],
                channel.Constants,
                interval,
                channel.Period))),
        ];
    }

    /// <summary>Its last records, and what they were computed from.</summary>
    public DerivedTrail Trail { get; }

    /// <summary>Records that are worse than they were told, since what they were computed from was revised. Oldest first.</summary>
    public IReadOnlyList<ToldRecord> Revised() => Trail.Revised(runs);

    /// <inheritdoc/>
    public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var now = (long)time.GetElapsedTime(begun).TotalMilliseconds;
        DerivedSource[] sources = [.. references.Select(Input)];
        JudgedValue[] results =
        [
            .. settings.Channels.Select((channel, i) => runs[i].Step(
                now, [.. channel.Sources.Select(source => source is null ? default : DerivedStep.ValueOf(sources, source))])),
        ];
        Trail.Note(new DerivedStep(now, sources, results));
        return ValueTask.FromResult<Reading>(new Reading.Measured([.. settings.Channels.Select((channel, i) => Output(channel, results[i]))]));
    }

    /// <summary>A result as a device gives it.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="result">The result.</param>
    internal static OutputReading Output(DerivedChannelOptions channel, JudgedValue result)
    {
        Measurement? measurement = result.Value is { } value ? new Measurement(channel.Formula.Output, Rounding.ToFigures(value, Figures)) : null;
        return new OutputReading(channel.Id, measurement, null) { Inherited = (result.Flag, result.Why) };
    }

    private DerivedSource Input(string reference) => latest.Newest(reference) is var (value, id)
        ? new DerivedSource(reference, id, DerivedSource.Judged(value))
        : new DerivedSource(reference, null, new JudgedValue(null, QualityFlag.Missing, Why.NoAnswer));
}
