using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Benchmarks;

/// <summary>What a site with four probes measures in a few hours: the same numbers in every run.</summary>
internal static class SampleDay
{
    private const long StartMs = 1_767_225_600_000;
    private const long IntervalMs = 60_000;
    private const int Seed = 1;

    private static readonly (string Device, (string Id, Measurand What, double Usual, double Spread)[] Channels)[] Devices =
    [
        ("pond-ph", [("ph", Measurand.Ph, 7.1, 0.02), ("temperature", Measurand.WaterTemperature, 18.4, 0.1)]),
        ("pond-nh4", [("nh4n", Measurand.AmmoniumNitrogen, 123.4, 1)]),
        ("outlet-turbidity", [("turbidity", Measurand.TurbidityNtu, 12.3, 0.5)]),
        ("yard-dust", [("pm25", Measurand.Pm25, 18.2, 2), ("pm10", Measurand.Pm10, 41.6, 4)]),
    ];

    /// <summary>A batch of the wire.</summary>
    /// <param name="records">How many records.</param>
    public static Batch Batch(int records) => new()
    {
        Gateway = "gz-07",
        Epoch = "7q2mzk4a",
        Range = new SequenceRange(0, records - 1),
        Schema = "9f3c01d2",
        Clock = new ClockStamp(ClockSource.Ntp, 12),
        Records = Records(records),
    };

    /// <summary>The same as rows, one for each value: what a batch would be without a wire format of our own.</summary>
    /// <param name="records">How many records.</param>
    public static Row[] Rows(int records) =>
    [
        .. from record in Records(records)
           from channel in record.Channels
           select new Row(
               "gz-07", "7q2mzk4a", record.Sequence, record.TimeMs, record.Station, record.Device, channel.Channel,
               channel.Measurand.WireName, channel.Value, (int)channel.Flag),
    ];

    /// <summary>The same as points of the store.</summary>
    /// <param name="records">How many records.</param>
    public static Point[] Points(int records) =>
    [
        .. from record in Records(records)
           from channel in record.Channels
           select new Point
           {
               Measurand = channel.Measurand,
               Site = "gannan",
               Station = record.Station,
               Gateway = "gz-07",
               Device = record.Device,
               Channel = channel.Channel,
               TimeNs = Point.KeyNs(record.TimeMs, record.Sequence),
               Epoch = "7q2mzk4a",
               Sequence = record.Sequence,
               Clock = ClockSource.Ntp,
               Value = channel,
           },
    ];

    private static DeviceRecord[] Records(int records)
    {
        var random = new Random(Seed);
        return
        [
            .. Enumerable.Range(0, records).Select(index =>
            {
                var (device, channels) = Devices[index % Devices.Length];
                return new DeviceRecord
                {
                    Sequence = index,
                    TimeMs = StartMs + (index / Devices.Length * IntervalMs) + random.Next(20),
                    Station = "pond-a",
                    Device = device,
                    Channels =
                    [
                        .. channels.Select(channel => new ChannelValue
                        {
                            Channel = channel.Id,
                            Measurand = channel.What,
                            Flag = QualityFlag.Good,
                            Value = Math.Round(channel.Usual + (channel.Spread * ((2 * random.NextDouble()) - 1)), 2),
                        }),
                    ],
                };
            }),
        ];
    }
}

/// <summary>A value as a row.</summary>
internal sealed record Row(
    string Gateway, string Epoch, long Sequence, long TimeMs, string Station, string Device, string Channel,
    string Measurand, double? Value, int Flag);
