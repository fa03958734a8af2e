using System.Globalization;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Sensors.Profiles;

/// <summary>A Modbus RTU probe as data: what to ask, what the answer means, and the maker's own examples of both.
/// </summary>
public sealed record DeviceProfile
{
    /// <summary>The model's id.</summary>
    public required string Id { get; init; }

    /// <summary>Who makes it.</summary>
    public required string Maker { get; init; }

    /// <summary>What the maker calls it.</summary>
    public required string Name { get; init; }

    /// <summary><c>reference</c> or <c>indicative</c>.</summary>
    public required string Grade { get; init; }

    /// <summary>Whether anybody has run it against the real thing.</summary>
    public required bool VerifiedOnHardware { get; init; }

    /// <summary>What is not sure and must be settled on the real thing, a sentence each.</summary>
    public IReadOnlyList<string> Unsure { get; init; } = [];

    /// <summary>Where all this is from.</summary>
    public required ProfileSource Source { get; init; }

    /// <summary>How the probe comes from the factory, and how fast it answers.</summary>
    public required ProfileLine Line { get; init; }

    /// <summary>What one poll asks, in this order.</summary>
    public required IReadOnlyList<ProfileRead> Reads { get; init; }

    /// <summary>What a poll needs beside its reads; null where one answer is a measurement.</summary>
    public ProfileSequence? Sequence { get; init; }

    /// <summary>How to tell which piece it is; null where it does not say.</summary>
    public ProfileIdentity? Identity { get; init; }

    /// <summary>How its address is changed; null where the maker does not say.</summary>
    public ProfileAddressChange? AddressChange { get; init; }

    /// <summary>How it is calibrated; null where the maker does not say.</summary>
    public ProfileCalibration? Calibration { get; init; }

    /// <summary>Sourced examples; they are run when the profile is read, and virtual probes live by them.</summary>
    public required IReadOnlyList<ProfileVector> Vectors { get; init; }

    /// <summary>What a poll must read for some outputs. A read that is for its faults alone is always among it, and one with a number
    /// by which a wrong order of bytes is found out.</summary>
    /// <param name="outputs">The outputs somebody wants.</param>
    public IEnumerable<ProfileRead> ReadsFor(IReadOnlyCollection<string> outputs) => Reads.Where(
        read => read.Outputs.Count == 0
            || read.Outputs.Any(output => output.Plausible is not null || outputs.Contains(output.Output.Name)));

    /// <summary>How long a poll keeps a line busy, waiting off the line not included.</summary>
    /// <param name="line">How the line is set.</param>
    /// <param name="order">What is wanted of the probe.</param>
    internal TimeSpan LineTime(SerialSettings line, ProfileOrder order) => !order.Sequenced || Sequence is not { } sequence
        ? OnceTime(line, order)
        : (OnceTime(line, order) * sequence.Burst) + TimeOf(line, sequence.Prelude) + TimeOf(line, sequence.Postlude);

    /// <summary>How long a poll holds a line at once, at the most.</summary>
    /// <param name="line">How the line is set.</param>
    /// <param name="order">What is wanted of the probe.</param>
    internal TimeSpan TurnTime(SerialSettings line, ProfileOrder order)
    {
        var identified = Identity is { } identity ? TimeOf(line, identity.Request(ProfileLine.AddressMin)) : TimeSpan.Zero;
        var steps = order.Sequenced ? Sequence : null;
        IEnumerable<TimeSpan> turns =
        [
            OnceTime(line, order) + identified,
            TimeOf(line, steps?.Prelude ?? []),
            OnceTime(line, order) + TimeOf(line, steps?.Postlude ?? []),
        ];
        return turns.Max();
    }

    private TimeSpan OnceTime(SerialSettings line, ProfileOrder order) => ReadsFor(order.Outputs)
        .Aggregate(TimeSpan.Zero, (sum, read) => sum + TimeOf(line, read.Request(ProfileLine.AddressMin)));

    private TimeSpan TimeOf(SerialSettings line, IReadOnlyList<ProfileStep> steps) => steps.Aggregate(
        TimeSpan.Zero, (sum, step) => sum + TimeOf(line, step.Request(ProfileLine.AddressMin)) + step.Drain);

    private TimeSpan TimeOf(SerialSettings line, ModbusRequest request) =>
        Line.SilenceOn(line) + Line.Turnaround + line.TimeOf(request.Frame.Length + request.ReplyLength) + line.Delay;
}

/// <summary>Where a profile's facts are from.</summary>
/// <param name="Manual">The document.</param>
/// <param name="Revision">Its revision or date.</param>
/// <param name="Where">Pages and figures.</param>
public sealed record ProfileSource(string Manual, string Revision, string Where);

/// <summary>A probe's side of the line.</summary>
public sealed record ProfileLine
{
    /// <summary>Lowest address (Modbus over Serial Line V1.02, 2.2).</summary>
    public const int AddressMin = 1;

    /// <summary>Highest address.</summary>
    public const int AddressMax = 247;

    /// <summary>Baud rate from the factory.</summary>
    public required int Baud { get; init; }

    /// <summary>Other baud rates that it can be set to.</summary>
    public IReadOnlyList<int> OtherBauds { get; init; } = [];

    /// <summary>Parity from the factory.</summary>
    public required LineParity Parity { get; init; }

    /// <summary>Stop bits from the factory.</summary>
    public required int StopBits { get; init; }

    /// <summary>Address from the factory.</summary>
    public required int Address { get; init; }

    /// <summary>How far apart the addresses of two of them on one line must be, 1 where it does not matter.</summary>
    public int AddressSpacing { get; init; } = 1;

    /// <summary>How long it has for a reply.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>How long after that a reply may still come, so that it must not be asked again before.</summary>
    public TimeSpan Lateness { get; init; } = ModbusRtuMaster.LateMax;

    /// <summary>How long it normally takes to begin its reply; only for the load of a bus.</summary>
    public required TimeSpan Turnaround { get; init; }

    /// <summary>Silence that it needs before a request where that is more than the usual.</summary>
    public TimeSpan Gap { get; init; }

    /// <summary>Data bits, parity and stop bits as people write them, for example <c>8N1</c>.</summary>
    public string Frame => FrameOf(Parity, StopBits);

    /// <summary>Data bits, parity and stop bits as people write them.</summary>
    /// <param name="parity">The parity bit.</param>
    /// <param name="stopBits">Stop bits, 1 or 2.</param>
    public static string FrameOf(LineParity parity, int stopBits) =>
        string.Create(CultureInfo.InvariantCulture, $"8{parity.ToString()[0]}{stopBits}");

    /// <summary>The silence before a request to it.</summary>
    /// <param name="line">How the line is set.</param>
    public TimeSpan SilenceOn(SerialSettings line)
    {
        var usual = ModbusRtuMaster.SilenceOn(line);
        return usual > Gap ? usual : Gap;
    }

    /// <summary>What a request to it may take.</summary>
    public ModbusPatience Patience => new(Timeout, Lateness, Gap);
}
