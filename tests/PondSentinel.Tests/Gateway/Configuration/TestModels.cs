using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Tests.Gateway.Configuration;

/// <summary>Models made up for tests, so that the catalogue can grow without a test of the configuration changing.</summary>
internal static class TestModels
{
    public static IReadOnlyDictionary<string, SensorModel> Known { get; } = new[]
    {
        new SensorModel
        {
            Id = "probe-nh4",
            Name = "Ammonium probe",
            Grade = "reference",
            VerifiedOnHardware = false,
            TellsSerial = true,
            Attachments = [Attachment.Serial(ModbusAddresses.All, baud => TimeSpan.FromSeconds(9600.0 / baud), NotMade)],
            Outputs =
            [
                new SensorOutput("nh4n", Measurand.AmmoniumNitrogen)
                {
                    Method = "ion-selective electrode", Range = new Band(0, 100), LimitOfDetection = 0.1,
                },
                new SensorOutput("ph", Measurand.Ph) { Range = new Band(2, 12) },
                new SensorOutput("temperature", Measurand.WaterTemperature),
            ],
        },
        new SensorModel
        {
            Id = "dust-uart",
            Name = "Dust sensor",
            Grade = "indicative",
            VerifiedOnHardware = true,
            Attachments = [Attachment.Serial(addresses: null, _ => TimeSpan.FromMilliseconds(200), NotMade)],
            Outputs = [new SensorOutput("pm10", Measurand.Pm10) { Range = new Band(0, 999.9) }],
        },
    }.ToDictionary(model => model.Id, StringComparer.Ordinal);

    private static ISensor NotMade(SensorBus bus, SensorOrder order) =>
        throw new NotSupportedException("Tests of the configuration read no sensor.");

    public const string Good =
        """
        [gateway]
        id = "gz-07"
        site = "zudong"

        [[station]]
        id = "pond-a"
        label = "Leaching pond A"
        latitude = 24.8
        longitude = 114.9
        upstream_of = ["stream"]

        [[station]]
        id = "stream"

        [[bus]]
        id = "rs485"
        kind = "serial"
        port = "/dev/serial/by-id/usb-adapter"
        baud = 9600
        parity = "none"
        stop_bits = 1

        [[bus]]
        id = "uart"
        kind = "serial"
        port = "/dev/ttyAMA0"

        [[device]]
        id = "pond-nh4"
        station = "pond-a"
        bus = "rs485"
        model = "probe-nh4"
        address = 1
        interval = "10s"
        label = "Ammonium probe"
        serial = "YL6824010022"

          [[device.channel]]
          id = "nh4n"
          output = "nh4n"
          fail = [0, 100]
          suspect = [0.1, 90]
          urgent = [0, 15]
          depth_m = 0.5

          [[device.channel]]
          id = "t"
          output = "temperature"

        [[device]]
        id = "dust"
        station = "stream"
        bus = "uart"
        model = "dust-uart"
        interval = "1m"

          [[device.channel]]
          id = "pm10"
          output = "pm10"
          label = "Dust"

        [clock]
        source = "system"

        [buffer]
        folder = "/srv/pond/buffer"
        max = "64MiB"
        commit_window = "2s"
        free_space_floor = "16MiB"

        [uplink]
        host = "broker.example.org"
        port = 8883
        password = "duckweed"
        receipts_from = "b2"
        ack_deadline = "30s"
        window = "128KiB"
        backlog_rate = "4KiB"
        resend_after = "10m"
        health_interval = "90s"
        """;
}
