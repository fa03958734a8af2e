using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Configuration;
using PondSentinel.Gateway;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Time;
using PondSentinel.Sensors;
using PondSentinel.Tls;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>All bytes that a day's values take on the link: a whole gateway and a whole backend on a clock that leaps, a real
/// Mosquitto over real TLS between them, and a relay that counts.</summary>
internal static partial class LinkDayRun
{
    // Longer than the kernel waits with an acknowledgement of its own (40 ms), which on a real link is long over before the next
    // message.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(50);

    // For what a leap has set going.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    // The default is 20 s; nothing else waits for so long.
    private static readonly TimeSpan AckDeadline = TimeSpan.FromSeconds(21);

    private static readonly int[] Intervals = [1, 5, 60];
    private static readonly Dictionary<int, int> Goals = new() { [1] = 30, [5] = 9, [60] = 4 };

    /// <summary>Measures and prints.</summary>
    /// <param name="hours">Hours of the day that are simulated.</param>
    public static async Task RunAsync(int hours)
    {
        var folder = Directory.CreateTempSubdirectory("pond-bench-link-").FullName;
        try
        {
            var authority = await Authority.CreateAsync(Path.Combine(folder, "pki"), SimulatedSite.Gateway);
            List<LinkDay> days = [];
            foreach (var rounded in (bool[])[true, false])
            {
                days.AddRange(await Task.WhenAll(Intervals.Select(minutes =>
                    Task.Run(() => MeasureAsync(Path.Combine(folder, $"{rounded}-{minutes}"), authority, minutes, rounded, hours)))));
            }

            Print(days);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<LinkDay> MeasureAsync(string folder, Authority authority, int minutes, bool rounded, int hours)
    {
        Directory.CreateDirectory(folder);
        using var broker = await MosquittoServer.StartAsync(Path.Combine(folder, "mosquitto"), authority);
        using var relay = new CountingRelay(broker.TlsPort);
        var clock = new LeapingClock(TimeProvider.System.GetUtcNow(), AckDeadline);
        using var stop = new CancellationTokenSource();
        var backend = BackendHost.RunAsync(
            new BackendConfiguration
            {
                Folder = Path.Combine(folder, "backend"),
                Web = null,
                Broker = new BrokerOptions
                {
                    Embedded = false,
                    Port = broker.TlsPort,
                    Tls = new TlsOptions
                    {
                        Authority = authority.Root, Certificate = authority.Certificate("pond-backend"), Key = authority.Key("pond-backend"),
                    },
                },
            },
            new BackendHostOptions { Loggers = NullLoggerFactory.Instance, Time = clock },
            stop.Token);
        while (!Told(broker, "Sending SUBACK to pond-backend"))
        {
            await Task.Delay(Quiet, TimeProvider.System);
        }

        var configuration = Configuration(folder, authority, relay.Port, minutes);
        await using var buffer = SegmentedLog.Open(configuration.Buffer, clock, NullLogger.Instance);
        var devices = SimulatedSite.Devices(configuration, clock, rounded);
        var gateway = GatewayHost.RunAsync(
            configuration,
            new GatewayParts
            {
                Devices = devices,
                Models = SensorCatalogue.Models,
                Buffer = buffer,
                Commit = buffer.CommitNow,
                Beside = [buffer.Committing],
                Clock = new GatewayClock(clock, clock, configuration.Clock),
            },
            new GatewayHostOptions { Log = NullLogger.Instance, Time = clock },
            stop.Token);
        while (!Told(broker, $"Received PUBLISH from {SimulatedSite.Gateway}"))
        {
            await Task.Delay(Quiet, TimeProvider.System);
        }

        await LiveAsync(clock, relay, TimeSpan.FromHours(hours), Task.WhenAny(gateway, backend));
        var day = new LinkDay(
            minutes,
            rounded,
            ValuesOf(devices.Sum(device => device.Tally.Polls) - buffer.Status.Unsettled),
            relay.Total.Sum,
            relay.Out.Bytes + relay.In.Bytes,
            relay.Out.Inside + relay.In.Inside,
            relay.Connections,
            Messages(await File.ReadAllLinesAsync(broker.Journal)));
        await stop.CancelAsync();
        var ending = Task.WhenAll(gateway, backend);
        while (!ending.IsCompleted)
        {
            clock.Leap();
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        await ending;
        return day;
    }

    // What waits for its batch has taken no bytes yet.
    private static long ValuesOf(long records) => records * SimulatedSite.Channels / SimulatedSite.DeviceCount;

    private static bool Told(MosquittoServer broker, string what) =>
        File.Exists(broker.Journal) && File.ReadAllText(broker.Journal).Contains(what, StringComparison.Ordinal);

    private static GatewayConfiguration Configuration(string folder, Authority authority, int port, int minutes)
    {
        var text = SimulatedSite.Settings(Path.Combine(folder, "buffer"), string.Create(CultureInfo.InvariantCulture, $"""
            [uplink]
            host = "127.0.0.1"
            port = {port}
            tls = true
            ca = "{authority.Root}"
            certificate = "{authority.Certificate(SimulatedSite.Gateway)}"
            key = "{authority.Key(SimulatedSite.Gateway)}"
            ack_deadline = "{AckDeadline.TotalSeconds:0}s"
            batch_interval = "{minutes}m"
            """));
        var read = GatewayConfigurationFile.Read("gateway.toml", text);
        return read.Configuration ?? throw new InvalidOperationException(string.Join('\n', read.Problems));
    }

    // Time goes on only where nothing goes on any more: what crosses the link takes none of it.
    private static async Task LiveAsync(LeapingClock clock, CountingRelay relay, TimeSpan duration, Task<Task> ended)
    {
        var seen = relay.Bytes;
        while (clock.Elapsed < duration)
        {
            if (ended.IsCompleted)
            {
                await await ended;
                throw new InvalidOperationException("Gateway or backend has ended.");
            }

            clock.Leap();
            do
            {
                await Task.Delay(Step, TimeProvider.System);
            }
            while (clock.IsAnswerAwaited || ThreadPool.PendingWorkItemCount > 0);
            if (relay.Bytes != seen)
            {
                await UntilQuietAsync(relay, seen + 1);
                seen = relay.Bytes;
            }
        }
    }

    private static async Task UntilQuietAsync(CountingRelay relay, long bytesMin)
    {
        while (relay.Bytes < bytesMin || relay.Silence < Quiet)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    // Mosquitto's own account of what it received from the gateway and sent to it.
    private static Dictionary<string, (int Count, long Bytes)> Messages(IEnumerable<string> journal)
    {
        Dictionary<string, (int Count, long Bytes)> messages = [];
        foreach (var line in journal)
        {
            if (PacketLine().Match(line) is { Success: true } packet)
            {
                var kind = packet.Groups["topic"] is { Success: true } topic ? Kind(topic.Value) : packet.Groups["type"].Value;
                var (count, bytes) = messages.GetValueOrDefault(kind);
                var payload = packet.Groups["bytes"] is { Success: true } size ? long.Parse(size.Value, CultureInfo.InvariantCulture) : 0;
                messages[kind] = (count + 1, bytes + payload);
            }
        }

        return messages;
    }

    private static string Kind(string topic) => string.Join('/', topic.Split('/').Skip(4));

    [GeneratedRegex(@"(Received|Sending) (?<type>[A-Z]+)( from| to) gz-07( \(.*'(?<topic>pond/[^']+)'.*\((?<bytes>\d+) bytes\)\))?")]
    private static partial Regex PacketLine();

    private static void Print(IReadOnlyList<LinkDay> days)
    {
        Console.WriteLine("| batches every | numbers of the probes | values | bytes a value | goal | messages | MQTT around them | TLS | TCP and IP | connections |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var day in days)
        {
            string Share(long bytes) => (bytes / (double)day.Values).ToString("F2", CultureInfo.InvariantCulture);
            var payloads = day.Messages.Values.Sum(messages => messages.Bytes);
            Console.WriteLine(FormattableString.Invariant(
                $"| {day.Minutes} min | {Numbers(day)} | {day.Values} | **{Share(day.Bytes)}** | {Goals[day.Minutes]} | {Share(payloads)} | {Share(day.Inside - payloads)} | {Share(day.TlsBytes - day.Inside)} | {Share(day.Bytes - day.TlsBytes)} | {day.Connections} |"));
        }

        Console.WriteLine();
        Console.WriteLine("| batches every | numbers of the probes | of the messages: how many, bytes of their payload a value |");
        Console.WriteLine("|---|---|---|");
        foreach (var day in days)
        {
            var kinds = day.Messages.OrderByDescending(kind => kind.Value.Bytes).Select(kind => FormattableString.Invariant(
                $"`{kind.Key}` {kind.Value.Count}{(kind.Value.Bytes > 0 ? FormattableString.Invariant($", {kind.Value.Bytes / (double)day.Values:F2}") : "")}"));
            Console.WriteLine(FormattableString.Invariant($"| {day.Minutes} min | {Numbers(day)} | {string.Join("; ", kinds)} |"));
        }
    }

    private static string Numbers(LinkDay day) => day.Rounded ? "2 or 1 decimals" : "32 bits";

    private sealed record LinkDay(
        int Minutes, bool Rounded, long Values, long Bytes, long TlsBytes, long Inside, int Connections,
        Dictionary<string, (int Count, long Bytes)> Messages);
}
