using System.Text.Json;

namespace PondSentinel.Wire;

/// <summary>A message of the topic <c>health</c>: how a gateway is. What cannot be measured on its machine is null.</summary>
public sealed record HealthMessage
{
    /// <summary>When: UTC ms since 1970.</summary>
    public required long TimeMs { get; init; }

    /// <summary>How good the time is, or null while nobody vouches for it.</summary>
    public ClockStamp? Clock { get; init; }

    /// <summary>Time since the process started, s.</summary>
    public required long UptimeSeconds { get; init; }

    /// <summary>Records not settled.</summary>
    public required long Unsettled { get; init; }

    /// <summary>Bytes they take on the card.</summary>
    public required long UnsettledBytes { get; init; }

    /// <summary>Time of the oldest of them: UTC ms since 1970; null where there is none or it has no time yet.</summary>
    public long? OldestUnsettledMs { get; init; }

    /// <summary>Bytes of the buffer's files.</summary>
    public required long BufferBytes { get; init; }

    /// <summary>Their bound.</summary>
    public required long BufferBytesMax { get; init; }

    /// <summary>What is wrong with the medium, in one line; null when nothing is.</summary>
    public string? BufferFault { get; init; }

    /// <summary>Records lost by cause, since the buffer was created.</summary>
    public IReadOnlyDictionary<LossCause, long> Lost { get; init; } = new Dictionary<LossCause, long>();

    /// <summary>Payload bytes published since the process started.</summary>
    public required long BytesSent { get; init; }

    /// <summary>Connections made since the process started.</summary>
    public required long Connects { get; init; }

    /// <summary>The devices' polls since the process started.</summary>
    public IReadOnlyList<DeviceHealth> Devices { get; init; } = [];

    /// <summary>What happened on the buses since the process started; empty where nobody counts.</summary>
    public IReadOnlyList<BusHealth> Buses { get; init; } = [];

    /// <summary>Free bytes of the buffer's file system.</summary>
    public long? DiskFreeBytes { get; init; }

    /// <summary>Resident memory of the process, bytes.</summary>
    public long? ResidentBytes { get; init; }

    /// <summary>Temperature of the processor, degrees Celsius.</summary>
    public double? ProcessorCelsius { get; init; }

    /// <summary>Whether the board has seen too low a supply voltage since boot.</summary>
    public bool? Undervoltage { get; init; }

    /// <summary>Whole days until the gateway's certificate ends, negative after it has; null where it has none, or nobody
    /// vouches for its clock.</summary>
    public int? CertificateDays { get; init; }

    /// <summary>How its clock compares with the backend's; null where no answer of use has come, or it goes by that answer, or nobody vouches
    /// for its clock.</summary>
    public ClockComparison? AgainstBackend { get; init; }

    /// <summary>The epochs it holds.</summary>
    public IReadOnlyList<HeldEpoch> Inventory { get; init; } = [];

    /// <summary>What crossed the link; null where nobody counts.</summary>
    public LinkHealth? Link { get; init; }
}

/// <summary>How a gateway's clock compares with the backend's, by the answer to a question for the time.</summary>
/// <param name="OffMs">How far the gateway's is ahead, ms; below 0 where it is behind.</param>
/// <param name="ErrorMs">By how much that may be wrong, ms: half of the round trip, what the backend says of its own clock, and the drift since.
/// </param>
/// <param name="AgeSeconds">How long ago the answer was made, s.</param>
public readonly record struct ClockComparison(long OffMs, long ErrorMs, long AgeSeconds);

/// <summary>What crossed the link, headers and retries included.</summary>
/// <param name="OutBytes">From the gateway since the process started, bytes.</param>
/// <param name="InBytes">To the gateway since then, bytes.</param>
/// <param name="BatchSeconds">How long live records gather at present, s; 0 where they go at once.</param>
public sealed record LinkHealth(long OutBytes, long InBytes, long BatchSeconds)
{
    /// <summary>Both ways in this calendar month, UTC, bytes; null where no budget is kept.</summary>
    public long? MonthBytes { get; init; }

    /// <summary>The month's budget, bytes; null where there is none.</summary>
    public long? BudgetBytes { get; init; }
}

/// <summary>What became of a device's polls.</summary>
/// <param name="Device">The device.</param>
/// <param name="Bus">Its bus.</param>
/// <param name="Polls">Polls made; each is a record.</param>
/// <param name="Failed">Polls that gave no value at all.</param>
/// <param name="Spared">Slots in which a dead device was not asked.</param>
/// <param name="Missed">Slots that passed because the bus was busy.</param>
public readonly record struct DeviceHealth(string Device, string Bus, long Polls, long Failed, long Spared, long Missed);

/// <summary>What happened on a bus.</summary>
/// <param name="Bus">The bus.</param>
/// <param name="Resets">Times that its port was closed because everybody on it was silent.</param>
/// <param name="PowerCycles">Times that the supply of its devices was switched off and on.</param>
public readonly record struct BusHealth(string Bus, long Resets, long PowerCycles)
{
    /// <summary>What was heard on it of Modbus; null where it is no serial line.</summary>
    public ModbusHealth? Modbus { get; init; }
}

/// <summary>What was heard on a line of Modbus.</summary>
/// <param name="Requests">Requests that were sent.</param>
/// <param name="Echoes">Requests that the line repeated: an adapter that hears itself.</param>
/// <param name="Resyncs">Replies behind stray bytes: many mean that the line lacks bias or termination.</param>
public readonly record struct ModbusHealth(long Requests, long Echoes, long Resyncs);

/// <summary>Health as bytes, topic <c>health</c>.</summary>
public static class HealthCodec
{
    /// <summary>Most bytes of a message.</summary>
    public const int BytesMax = 512 * 1024;

    /// <summary>Most devices in a message.</summary>
    public const int DevicesMax = 1024;

    /// <summary>Most buses in a message.</summary>
    public const int BusesMax = 256;

    /// <summary>Most days that a certificate can have left, or be over.</summary>
    public const int CertificateDaysMax = 1_000_000;

    private const int FaultLengthMax = 200;

    /// <summary>Writes a message.</summary>
    /// <param name="health">The message. The buffer's fault is cut to 200 characters and cleaned of what a message may not
    /// carry; of more than 4,096 epochs the last of the list go out.</param>
    /// <exception cref="ArgumentException">Another member breaks the contract.</exception>
    public static byte[] Encode(HealthMessage health) =>
        WireMessage.WriteChecked(health, Write, static bytes => Decode(bytes).Malformed);

    /// <summary>Reads a message.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static Decoded<HealthMessage> Decode(ReadOnlySpan<byte> payload) =>
        WireMessage.Read(payload, BytesMax, Read);

    private static void Write(Utf8JsonWriter json, HealthMessage health)
    {
        json.WriteNumber("t", health.TimeMs);
        if (health.Clock is { } clock)
        {
            json.WriteClock(clock);
        }
        else
        {
            json.WriteNull("ck");
        }

        json.WriteNumber("uptime_s", health.UptimeSeconds);
        WriteBuffer(json, health);
        json.WriteNumber("sent_bytes", health.BytesSent);
        json.WriteNumber("connects", health.Connects);
        json.WriteStartArray("devices");
        foreach (var device in health.Devices)
        {
            WriteDevice(json, device);
        }

        json.WriteEndArray();
        json.WriteIntegerOrNull("disk_free_bytes", health.DiskFreeBytes);
        json.WriteIntegerOrNull("rss_bytes", health.ResidentBytes);
        json.WriteNumberOrNull("cpu_c", health.ProcessorCelsius);
        if (health.Undervoltage is { } undervoltage)
        {
            json.WriteBoolean("undervoltage", undervoltage);
        }
        else
        {
            json.WriteNull("undervoltage");
        }

        // A later member: left out where there is nothing to say, so that messages without it stay as they were.
        if (health.CertificateDays is { } days)
        {
            json.WriteNumber("certificate_days", days);
        }

        // Later members too.
        if (health.AgainstBackend is { } compared)
        {
            json.WriteStartObject("srv");
            json.WriteNumber("off_ms", compared.OffMs);
            json.WriteNumber("err_ms", compared.ErrorMs);
            json.WriteNumber("age_s", compared.AgeSeconds);
            json.WriteEndObject();
        }

        if (health.Buses.Count > 0)
        {
            json.WriteStartArray("buses");
            foreach (var bus in health.Buses)
            {
                WriteBus(json, bus);
            }

            json.WriteEndArray();
        }

        json.WriteInventory(health.Inventory);
        if (health.Link is { } link)
        {
            WriteLink(json, link);
        }
    }

    private static void WriteLink(Utf8JsonWriter json, LinkHealth link)
    {
        json.WriteStartObject("link");
        json.WriteNumber("out_bytes", link.OutBytes);
        json.WriteNumber("in_bytes", link.InBytes);
        json.WriteNumber("batch_s", link.BatchSeconds);
        json.WriteIntegerOrNull("month_bytes", link.MonthBytes);
        json.WriteIntegerOrNull("budget_bytes", link.BudgetBytes);
        json.WriteEndObject();
    }

    private static void WriteBuffer(Utf8JsonWriter json, HealthMessage health)
    {
        json.WriteStartObject("buffer");
        json.WriteNumber("unsettled", health.Unsettled);
        json.WriteNumber("unsettled_bytes", health.UnsettledBytes);
        json.WriteIntegerOrNull("oldest_unsettled", health.OldestUnsettledMs);
        json.WriteNumber("bytes", health.BufferBytes);
        json.WriteNumber("bytes_max", health.BufferBytesMax);
        json.WriteString("fault", WireText.Clean(health.BufferFault, FaultLengthMax));
        json.WriteStartObject("lost");
        foreach (var (cause, count) in health.Lost.OrderBy(pair => pair.Key))
        {
            json.WriteNumber(cause.Token, count);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteDevice(Utf8JsonWriter json, DeviceHealth device)
    {
        json.WriteStartObject();
        json.WriteString("d", device.Device);
        json.WriteString("bus", device.Bus);
        json.WriteNumber("polls", device.Polls);
        json.WriteNumber("failed", device.Failed);
        json.WriteNumber("spared", device.Spared);
        json.WriteNumber("missed", device.Missed);
        json.WriteEndObject();
    }

    private static void WriteBus(Utf8JsonWriter json, BusHealth bus)
    {
        json.WriteStartObject();
        json.WriteString("bus", bus.Bus);
        json.WriteNumber("resets", bus.Resets);
        json.WriteNumber("power_cycles", bus.PowerCycles);
        if (bus.Modbus is { } modbus)
        {
            json.WriteStartObject("modbus");
            json.WriteNumber("requests", modbus.Requests);
            json.WriteNumber("echoes", modbus.Echoes);
            json.WriteNumber("resyncs", modbus.Resyncs);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static HealthMessage Read(Node top)
    {
        var buffer = top.Object("buffer");
        return new HealthMessage
        {
            TimeMs = top.Time("t"),
            Clock = top.OptionalClock(),
            UptimeSeconds = top.Count("uptime_s"),
            Unsettled = buffer.Count("unsettled"),
            UnsettledBytes = buffer.Count("unsettled_bytes"),
            OldestUnsettledMs = buffer.OptionalInteger("oldest_unsettled", -WireParts.TimeMax, WireParts.TimeMax),
            BufferBytes = buffer.Count("bytes"),
            BufferBytesMax = buffer.Count("bytes_max"),
            BufferFault = buffer.OptionalText("fault", FaultLengthMax),
            Lost = ReadLost(buffer),
            BytesSent = top.Count("sent_bytes"),
            Connects = top.Count("connects"),
            Devices = [.. top.Items("devices", DevicesMax).Select(ReadDevice)],
            Buses = [.. top.OptionalItems("buses", BusesMax).Select(ReadBus)],
            DiskFreeBytes = top.OptionalInteger("disk_free_bytes", 0, SequenceRange.SequenceMax),
            ResidentBytes = top.OptionalInteger("rss_bytes", 0, SequenceRange.SequenceMax),
            ProcessorCelsius = top.OptionalNumber("cpu_c"),
            Undervoltage = top.OptionalFlag("undervoltage"),
            CertificateDays = (int?)top.OptionalInteger("certificate_days", -CertificateDaysMax, CertificateDaysMax),
            AgainstBackend = top.OptionalObject("srv") is { } compared
                ? new ClockComparison(
                    compared.Integer("off_ms", -WireParts.TimeMax, WireParts.TimeMax), compared.Count("err_ms"), compared.Count("age_s"))
                : null,
            Inventory = top.Inventory(),
            Link = top.OptionalObject("link") is { } link ? ReadLink(link) : null,
        };
    }

    private static LinkHealth ReadLink(Node link) =>
        new(link.Count("out_bytes"), link.Count("in_bytes"), link.Count("batch_s"))
        {
            MonthBytes = link.OptionalInteger("month_bytes", 0, SequenceRange.SequenceMax),
            BudgetBytes = link.OptionalInteger("budget_bytes", 0, SequenceRange.SequenceMax),
        };

    // Causes this version does not know are summed as one.
    private static SortedDictionary<LossCause, long> ReadLost(Node buffer)
    {
        var lost = new SortedDictionary<LossCause, long>();
        foreach (var member in buffer.Object("lost").Members())
        {
            var cause = LossCauses.TryParse(member.Name, out var known) ? known : LossCause.Other;
            lost.TryGetValue(cause, out var before);
            var sum = before + member.AsInteger(0, SequenceRange.SequenceMax);
            lost[cause] = Math.Min(sum, SequenceRange.SequenceMax);
        }

        return lost;
    }

    private static BusHealth ReadBus(Node bus) => new(bus.NameIn("bus"), bus.Count("resets"), bus.Count("power_cycles"))
    {
        Modbus = bus.OptionalObject("modbus") is { } modbus
            ? new ModbusHealth(modbus.Count("requests"), modbus.Count("echoes"), modbus.Count("resyncs"))
            : null,
    };

    private static DeviceHealth ReadDevice(Node device) => new(
        device.NameIn("d"),
        device.NameIn("bus"),
        device.Count("polls"),
        device.Count("failed"),
        device.Count("spared"),
        device.Count("missed"));
}
