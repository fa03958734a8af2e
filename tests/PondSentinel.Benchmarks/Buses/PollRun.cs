using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Benchmarks.Buses;

/// <summary>How many polls a second the worker of a bus makes of 16 Modbus devices that are always due, against what the baud rate
/// allows. All of the way from the terminal to the buffer on the disk of the temporary folder; the devices are another
/// process.</summary>
internal static class PollRun
{
    private const int Devices = 16;
    private const int RequestBytes = 8;
    private const int ReplyBytes = 7;
    private const int SlowestPromptBaud = 19_200;
    private const int Rounds = 3;

    private static readonly TimeSpan PromptSilence = TimeSpan.FromMilliseconds(1.75);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(10);

    // So short that every device is due whenever the line is free.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Measures and prints.</summary>
    public static async Task RunAsync()
    {
        Console.WriteLine($"{Devices} devices with one register each (request {RequestBytes}, reply {ReplyBytes} bytes), {Measured.TotalSeconds:0} s a round.");
        Console.WriteLine("| baud | polls/s | allowed | share | failed polls | processor time a poll, µs | allocated a poll, bytes |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        for (var round = 0; round < Rounds; round++)
        {
            await MeasureAsync(9_600);
            await MeasureAsync(115_200);
        }
    }

    private static async Task MeasureAsync(int baud)
    {
        var folder = Directory.CreateTempSubdirectory("pond-polls-").FullName;
        try
        {
            using var line = PacedLine.Start(baud);
            var configuration = Configuration(line.Port, baud);
            await using var assembly = DeviceAssembly.Open(configuration, TimeProvider.System);
            await using var buffer = SegmentedLog.Open(
                new BufferOptions { Folder = Path.Combine(folder, "buffer"), CommitWindow = TimeSpan.FromSeconds(5) },
                TimeProvider.System,
                NullLogger.Instance);
            var clock = new GatewayClock(new LinuxKernelClock(), TimeProvider.System, configuration.Clock);
            var sink = new RecordSink(buffer, configuration.Site, "s", witness: null);
            PolledDevice[] devices = [.. assembly.Devices.Select(device => device with { Options = device.Options with { Interval = Interval } })];
            var worker = new BusWorker(devices, sink, clock, TimeProvider.System, NullLogger.Instance);
            using var end = new CancellationTokenSource();
            var running = Task.Run(() => worker.RunAsync(end.Token));
            await Task.Delay(WarmUp, TimeProvider.System);
            var before = Tallies.Of(devices);
            await Task.Delay(Measured, TimeProvider.System);
            var seen = Tallies.Of(devices) - before;
            await end.CancelAsync();
            await running;
            Print(baud, seen);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print(int baud, Tallies seen)
    {
        var silence = baud > SlowestPromptBaud ? PromptSilence.TotalSeconds : 3.5 * 10 / baud;
        var allowed = 1 / (((RequestBytes + ReplyBytes) * 10.0 / baud) + (2 * silence));
        var polls = seen.Polls / seen.Elapsed.TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {baud} | {polls:0.0} | {allowed:0.0} | {polls / allowed:0.0 %} | {seen.Failed} | {seen.Processor.TotalMicroseconds / seen.Polls:0} | {seen.Allocated / seen.Polls} |"));
    }

    private static GatewayConfiguration Configuration(string port, int baud)
    {
        var devices = string.Concat(Enumerable.Range(1, Devices).Select(address => string.Create(
            CultureInfo.InvariantCulture,
            $"""

             [[device]]
             id = "d{address}"
             station = "pond"
             bus = "line"
             model = "renke-rs-fs-n01"
             address = {address}
             interval = "1s"
               [[device.channel]]
               id = "wind"
               output = "speed"

             """)));
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"""
             [gateway]
             id = "gz-07"
             site = "zudong"
             [[station]]
             id = "pond"
             label = "Pond"
             [[bus]]
             id = "line"
             kind = "serial"
             port = "{port}"
             baud = {baud}

             """);
        var loaded = GatewayConfigurationFile.Read("gateway.toml", text + devices);
        return loaded.Configuration
            ?? throw new InvalidOperationException($"The configuration is wrong: {string.Join("; ", loaded.Problems)}");
    }

    private readonly record struct Tallies(long Polls, long Failed, TimeSpan Elapsed, TimeSpan Processor, long Allocated)
    {
        public static Tallies Of(PolledDevice[] devices)
        {
            using var self = Process.GetCurrentProcess();
            return new Tallies(
                devices.Sum(device => device.Tally.Polls),
                devices.Sum(device => device.Tally.Failed),
                Stopwatch.GetElapsedTime(0),
                self.TotalProcessorTime,
                GC.GetTotalAllocatedBytes());
        }

        public static Tallies operator -(Tallies a, Tallies b) => new(
            a.Polls - b.Polls, a.Failed - b.Failed, a.Elapsed - b.Elapsed, a.Processor - b.Processor, a.Allocated - b.Allocated);
    }
}
