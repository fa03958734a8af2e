using PondSentinel.Measurements;

namespace PondSentinel.Sensors;

/// <summary>A device that holds its calibration itself and is told over its line when it stands in a standard.</summary>
/// <remarks>What its maker's recipe says, one step a call: whoever moves the probe from standard to standard waits in between, off
/// the bus.</remarks>
public interface ICalibratingSensor : ISensor
{
    /// <summary>The standards that it is put into, in this order; none where its maker's own program must do it.</summary>
    IReadOnlyList<HeldStandard> Standards { get; }

    /// <summary>Tells it that it stands in a standard, and has for as long as <see cref="HeldStandard.Soak"/> says.</summary>
    /// <param name="standard">One of <see cref="Standards"/>, perhaps with the value that the bottle has at this temperature.</param>
    /// <param name="celsius">Temperature of the standard, °C.</param>
    /// <param name="turn">The turn on the bus; held when this is called and when it ends.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Null where it took the command, which is not yet the calibration; else what it has against it.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled; whether the device took it is not known.</exception>
    ValueTask<Reading.Failed?> CalibrateAsync(HeldStandard standard, double celsius, IBusTurn turn, CancellationToken cancellationToken);

    /// <summary>Asks how its calibration is, after the last standard.</summary>
    /// <param name="toldOf">How many standards it was told of.</param>
    /// <param name="turn">The turn on the bus.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    ValueTask<HeldCalibration> AskCalibrationAsync(int toldOf, IBusTurn turn, CancellationToken cancellationToken);
}

/// <summary>A standard that a device is put into.</summary>
/// <param name="Name">Its name for people, for example <c>buffer pH 4.00</c>.</param>
/// <param name="Output">The output that it is about.</param>
/// <param name="Value">What is true there, in the output's unit.</param>
/// <param name="Soak">How long the probe stays in it before the device is told.</param>
public sealed record HeldStandard(string Name, string Output, double Value, TimeSpan Soak)
{
    /// <summary>Values that may be told instead, for what a bottle has at its temperature; null where the device knows this value
    /// alone.</summary>
    public Band? Values { get; init; }

    /// <summary>Whether a calibration may do without it.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Whether it is the standard of a value.</summary>
    /// <param name="value">The value, in the output's unit.</param>
    public bool Is(double value) => value == Value || Values?.Contains(value) == true;
}

/// <summary>What a device says of the calibration that it holds.</summary>
public sealed record HeldCalibration
{
    /// <summary>What it has against it, a sentence each; none where it took it.</summary>
    public IReadOnlyList<string> Objections { get; init; } = [];

    /// <summary>Whether it did not say, because its answer did not come or came garbled: to ask again changes nothing in it, and may tell.
    /// </summary>
    public bool IsUnanswered { get; init; }

    /// <summary>Slopes of its electrode, percent of the ideal, from the acid side up; none where it does not say.</summary>
    public IReadOnlyList<double> SlopePercent { get; init; } = [];

    /// <summary>Offset of its electrode, mV at pH 7; null where it does not say.</summary>
    public double? OffsetMillivolts { get; init; }
}
