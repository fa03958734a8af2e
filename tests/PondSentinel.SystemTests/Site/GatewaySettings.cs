using System.Globalization;
using System.Text;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Site;

/// <summary>The configuration of a gateway, as its owner would write it.</summary>
internal sealed record GatewaySettings
{
    private static readonly (string Bus, string Device, string Station, string Model, int Address, string[] Channels)[] Devices =
    [
        ("rs485-upstream", "upstream-ph", "upstream", "yosemitech-y532", 11, ["ph", "temperature"]),
        ("rs485-upstream", "upstream-nh4", "upstream", "yosemitech-y560", 13, ["nh4n"]),
        ("rs485-downstream", "downstream-ph", "downstream", "yosemitech-y532", 21, ["ph", "temperature"]),
        ("rs485-downstream", "downstream-nh4", "downstream", "yosemitech-y560", 23, ["nh4n"]),
        ("rs485-downstream", "downstream-turbidity", "downstream", "yosemitech-y511", 25, ["turbidity"]),
        ("uart-dust", "yard-dust", "yard", "nova-sds011", 0, ["pm25", "pm10"]),
    ];

    /// <summary>Its name.</summary>
    public required string Gateway { get; init; }

    /// <summary>Its site.</summary>
    public string Site { get; init; } = SiteSettings.Site;

    /// <summary>Folders with the ports of the simulated probes. Those of the first keep their names; those of the n-th are
    /// called <c>n-…</c>, from 2 on.</summary>
    public required IReadOnlyList<string> Ports { get; init; }

    /// <summary>Baud rate written down. Ports here are no lines, and take any.</summary>
    public int Baud { get; init; } = 9600;

    /// <summary>Interval of each device.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Folder of the buffer.</summary>
    public required string Buffer { get; init; }

    /// <summary>Bound of the buffer, MiB.</summary>
    public int BufferMebibytes { get; init; } = 16;

    /// <summary>Free space that is left to others; null for the product's own default.</summary>
    public string? FreeSpaceFloor { get; init; }

    /// <summary>Longest time a record waits for its commit.</summary>
    public TimeSpan CommitWindow { get; init; } = SiteSettings.CommitWindow;

    /// <summary>Port of the broker; null for a gateway without a link.</summary>
    public int? BrokerPort { get; init; }

    /// <summary>Address of the broker.</summary>
    public string BrokerHost { get; init; } = "127.0.0.1";

    /// <summary>Version of MQTT; null for the product's own default.</summary>
    public string? Protocol { get; init; }

    /// <summary>Longest wait for an answer of the broker; null for the product's own default.</summary>
    public TimeSpan? AckDeadline { get; init; }

    /// <summary>When what is not settled goes again; null for the product's own default.</summary>
    public TimeSpan? ResendAfter { get; init; }

    /// <summary>What people call the channels; null for nothing.</summary>
    public string? ChannelLabel { get; init; }

    /// <summary>Whether the gateway watches the limit of the backend's rule too.</summary>
    public bool HasAlarm { get; init; }

    /// <summary>Whether the gateways keep a value of a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="makersName">Name of the value in the probes' own record.</param>
    public static bool Keeps(string device, string makersName) => Devices.Any(known =>
        known.Device == device && known.Channels.Any(channel => SiteSettings.MakersNames[channel] == makersName));

    /// <summary>Writes the file.</summary>
    /// <param name="path">Where to.</param>
    public void Write(string path) => File.WriteAllText(path, Text());

    private string Text()
    {
        var text = new StringBuilder();
        text.AppendLine($"[gateway]\nid = \"{Gateway}\"\nsite = \"{Site}\"\n");
        foreach (var station in Devices.Select(device => device.Station).Distinct(StringComparer.Ordinal))
        {
            text.AppendLine($"[[station]]\nid = \"{station}\"\n");
        }

        for (var number = 0; number < Ports.Count; number++)
        {
            AppendProbes(text, number == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{number + 1}-"), Ports[number]);
        }

        if (HasAlarm)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"[[alarm]]\nid = \"{SiteSettings.Alarm}\"\nchannel = \"downstream-nh4.nh4n\"\nraise_above = {SiteSettings.LeakLimit}");
            text.AppendLine($"clear_below = 12\nhold_raise = \"1s\"\nhold_clear = \"6s\"\nseverity = \"urgent\"\ntext = \"{SiteSettings.LeakText}\"\n");
        }

        // One machine, one clock: an answer of the backend that a busy machine made late is no better.
        text.AppendLine("[clock]\nsource = \"system\"\nrtc_error = \"10ms\"\n");
        text.AppendLine(CultureInfo.InvariantCulture, $"[buffer]\nfolder = \"{Buffer}\"\nmax = \"{BufferMebibytes}MiB\"\ncommit_window = \"{CommitWindow.TotalMilliseconds:0}ms\"");
        text.AppendLine(FreeSpaceFloor is null ? "" : $"free_space_floor = \"{FreeSpaceFloor}\"\n");
        if (BrokerPort is { } port)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"[uplink]\nhost = \"{BrokerHost}\"\nport = {port}\npassword = \"{Mosquitto.Password(Gateway)}\"");
            text.AppendLine(Protocol is null ? "" : $"protocol = \"{Protocol}\"");
            text.AppendLine(Milliseconds("ack_deadline", AckDeadline));
            text.AppendLine(Milliseconds("resend_after", ResendAfter));
        }

        return text.ToString();
    }

    private static string Milliseconds(string key, TimeSpan? value) => value is { } time
        ? string.Create(CultureInfo.InvariantCulture, $"{key} = \"{time.TotalMilliseconds:0}ms\"")
        : "";

    private void AppendProbes(StringBuilder text, string prefix, string ports)
    {
        foreach (var bus in Devices.Select(device => device.Bus).Distinct(StringComparer.Ordinal))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"[[bus]]\nid = \"{prefix}{bus}\"\nkind = \"serial\"\nport = \"{Path.Combine(ports, bus)}\"\nbaud = {Baud}\n");
        }

        foreach (var (bus, device, station, model, address, channels) in Devices)
        {
            text.AppendLine($"[[device]]\nid = \"{prefix}{device}\"\nstation = \"{station}\"\nbus = \"{prefix}{bus}\"\nmodel = \"{model}\"");
            text.AppendLine(address == 0 ? "warm_up = \"0s\"" : string.Create(CultureInfo.InvariantCulture, $"address = {address}\nsequence = false"));
            text.AppendLine(CultureInfo.InvariantCulture, $"interval = \"{Interval.TotalMilliseconds:0}ms\"");
            foreach (var channel in channels)
            {
                text.AppendLine($"  [[device.channel]]\n  id = \"{channel}\"\n  output = \"{channel}\"");
                text.AppendLine(channel == "nh4n" ? "  fail = [0, 100]" : "");
                text.AppendLine(ChannelLabel is null ? "" : $"  label = \"{ChannelLabel}\"");
            }

            text.AppendLine();
        }
    }
}
