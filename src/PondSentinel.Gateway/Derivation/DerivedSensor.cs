using PondSentinel.Derivation;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Wire;

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

    /// <summary>Begins.</summary>
    /// <param name="settings">What is computed.</param>
    /// <param name="interval">How often.</param>
    /// <param name="latest">What all channels said last.</param>
    /// <param name="time">For formulas that look back.</param>
    public DerivedSensor(DerivedSettings settings, TimeSpan interval, LatestNumbers latest, TimeProvider time)
    {
        (this.settings, this.latest, this.time) = (settings, latest, time);
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

    /// <inheritdoc/>
    public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var now = (long)time.GetElapsedTime(begun).TotalMilliseconds;
        return ValueTask.FromResult<Reading>(new Reading.Measured([.. settings.Channels.Select((channel, i) => Output(channel, runs[i], now))]));
    }

    private OutputReading Output(DerivedChannelOptions channel, DerivedRun run, long now)
    {
        var result = run.Step(now, [.. channel.Sources.Select(Input)]);
        Measurement? measurement = result.Value is { } value ? new Measurement(channel.Formula.Output, Rounding.ToFigures(value, Figures)) : null;
        return new OutputReading(channel.Id, measurement, null) { Inherited = (result.Flag, result.Why) };
    }

    private JudgedValue Input(string? source) => source is null
        ? default
        : latest.Newest(source) is { } newest ? Judged(newest) : new JudgedValue(null, QualityFlag.Missing, Why.NoAnswer);

    private static JudgedValue Judged(ChannelValue value) => new(value.Value, value.Flag, value.Why);
}
