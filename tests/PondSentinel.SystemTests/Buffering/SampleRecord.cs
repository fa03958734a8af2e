using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Site;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Buffering;

/// <summary>Records whose content follows from one number.</summary>
internal static class SampleRecord
{
    private const string Device = "upstream-ph";
    private const string Channel = "ph";
    private const string Schema = "9f3c01d2";
    private const long StartMs = 1_767_225_600_000;

    private static readonly string LongText = string.Concat(Enumerable.Range(0, 100).Select(number => $"{number:0000}"));

    private static readonly Guid Boot = new("0f7b8c52-55a1-4b0f-9a53-3a8f5b0c1d2e");

    /// <summary>A record as acquisition makes one.</summary>
    /// <param name="value">Tells it apart.</param>
    public static BufferedRecord Of(int value) => new()
    {
        Site = SiteSettings.Site,
        Schema = Schema,
        Station = "upstream",
        Device = Device,
        Clock = new ClockReading(Boot, TimeSpan.FromSeconds(value), TimeMs(value), new ClockStamp(ClockSource.Ntp, 12)),
        Channels =
        [
            new ChannelValue { Channel = Channel, Measurand = Measurand.Ph, Value = value, Flag = QualityFlag.Good },
        ],
    };

    /// <summary>A record that fills a sector of a card: a part of it that is missing shows.</summary>
    /// <param name="value">Tells it apart.</param>
    public static BufferedRecord LongOf(int value)
    {
        var record = Of(value);
        return record with { Channels = [record.Channels[0] with { Calibration = LongText }] };
    }

    /// <summary>Whether a record has all of its text, where it has any.</summary>
    /// <param name="record">The record.</param>
    public static bool IsWhole(BufferedRecord record) =>
        record.Schema != Schema || record.Channels is not [{ Calibration: { } text }] || text == LongText;

    /// <summary>The claim that a record is durable.</summary>
    /// <param name="id">What the buffer has numbered it.</param>
    /// <param name="value">What it was made from.</param>
    public static WitnessedRecord Claim(RecordId id, int value) => new(
        id.Epoch, id.Sequence, TimeMs(value), Device, new Dictionary<string, double?>(StringComparer.Ordinal) { [Channel] = value });

    /// <summary>The same claim as the witness of a gateway writes it.</summary>
    /// <param name="id">What the buffer has numbered it.</param>
    /// <param name="value">What it was made from.</param>
    public static string ClaimLine(RecordId id, int value) =>
        FormattableString.Invariant($"{id.Epoch} {id.Sequence} {TimeMs(value)} {Device} {Channel}={value}\n");

    private static long TimeMs(int value) => StartMs + (value * 1000L);
}
