using System.Diagnostics;
using System.Globalization;
using System.Text;
using MQTTnet;
using MQTTnet.Protocol;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>How much memory a gateway takes and how soon it publishes: the program as it is packaged, 20 channels each second behind
/// pseudo-terminals, a real Mosquitto, and somebody who looks at its status page; beside a Python that says hello.</summary>
internal static class FootprintRun
{
    private const int Starts = 15;

    // With an empty buffer the first record waits for the commit window of 5 s.
    private const int EmptyStarts = 5;
    private const int DevicesPerBus = 5;
    private const double KiBPerMiB = 1024;

    private static readonly string[] Buses = ["rs485-a", "rs485-b"];
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    /// <summary>Measures and prints.</summary>
    /// <param name="program">The gateway's program.</param>
    /// <param name="minutes">How long it runs before its memory is read.</param>
    public static async Task RunAsync(string program, int minutes)
    {
        var folder = Directory.CreateTempSubdirectory("pond-bench-foot-").FullName;
        try
        {
            using var mosquitto = await MosquittoServer.StartAsync(Path.Combine(folder, "mosquitto"), authority: null);
            var page = MosquittoServer.FreePort();
            await File.WriteAllTextAsync(Path.Combine(folder, "site.toml"), Settings(folder, mosquitto.Port, page));
            using var twins = await StartTwinsAsync(folder);
            try
            {
                var config = Path.Combine(folder, "gateway.toml");
                await MeasureStartsAsync(program, config, mosquitto.Port, Path.Combine(folder, "gateway.buffer"));
                await MeasureMemoryAsync(program, config, page, minutes);
            }
            finally
            {
                twins.Kill();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureStartsAsync(string program, string config, int port, string buffer)
    {
        using var taker = new MqttClientFactory().CreateMqttClient();
        Seen? seen = null;
        taker.ApplicationMessageReceivedAsync += message =>
        {
            seen?.Note(message.ApplicationMessage.Topic);
            return Task.CompletedTask;
        };
        await taker.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).Build());
        await taker.SubscribeAsync("pond/v1/#", MqttQualityOfServiceLevel.AtLeastOnce);
        List<double> first = [];
        List<double> records = [];
        List<double> empty = [];
        for (var i = -EmptyStarts; i < Starts; i++)
        {
            await Task.Delay(Settling, TimeProvider.System);
            if (i < 0 && Directory.Exists(buffer))
            {
                Directory.Delete(buffer, recursive: true);
            }

            seen = new Seen();
            using var gateway = Start(program, "run", "--config", config);
            await seen.Record.WaitAsync(EndWithin);
            first.Add(await seen.First);
            (i < 0 ? empty : records).Add(await seen.Record);
            await EndAsync(gateway);
        }

        List<double> hello = [];
        for (var i = 0; i < Starts; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            using var python = Process.Start(new ProcessStartInfo("python3", ["-c", "print('hello')"]) { RedirectStandardOutput = true })!;
            await python.StandardOutput.ReadLineAsync();
            hello.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            await python.WaitForExitAsync();
        }

        Console.WriteLine("| from the start of the process, ms | least | middle | most |");
        Console.WriteLine("|---|---|---|---|");
        Print("to the first publish at the broker", first);
        Print("to the first record at the broker, where the start before left some", records);
        Print("to the first record at the broker, with an empty buffer", empty);
        Print("python3, to its hello", hello);
    }

    private static async Task MeasureMemoryAsync(string program, string config, int page, int minutes)
    {
        Console.WriteLine();
        Console.WriteLine("| memory, MiB | resident | of it its own |");
        Console.WriteLine("|---|---|---|");
        using (var python = Process.Start(new ProcessStartInfo("python3", ["-c", "import sys; print('hello', flush=True); sys.stdin.read()"]) { RedirectStandardOutput = true, RedirectStandardInput = true })!)
        {
            await python.StandardOutput.ReadLineAsync();
            Print("python3 that said hello", python);
            python.StandardInput.Close();
            await python.WaitForExitAsync();
        }

        using var gateway = Start(program, "run", "--config", config);
        await Task.Delay(TimeSpan.FromMinutes(minutes), TimeProvider.System);
        Print(string.Create(CultureInfo.InvariantCulture, $"the gateway after {minutes} min"), gateway);
        using var browser = new HttpClient();
        var bytes = 0;
        for (var look = 0; look < 60; look++)
        {
            // Thirty times as often as a browser loads it.
            bytes = (await browser.GetByteArrayAsync(new Uri($"http://127.0.0.1:{page}/"))).Length;
            await Task.Delay(Settling, TimeProvider.System);
        }

        Print("the same with the status page open", gateway);
        Console.WriteLine();
        Console.WriteLine(FormattableString.Invariant($"program {new FileInfo(program).Length / KiBPerMiB / KiBPerMiB:0.0} MiB, page {bytes / KiBPerMiB:0} KiB before it is packed"));
        await EndAsync(gateway);
    }

    private static Process Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task EndAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync().WaitAsync(EndWithin);
    }

    private static void Print(string what, List<double> times)
    {
        times.Sort();
        Console.WriteLine(FormattableString.Invariant($"| {what} | {times[0]:0} | {times[times.Count / 2]:0} | {times[^1]:0} |"));
    }

    private static void Print(string what, Process process)
    {
        // VmRSS counts the pages of the program's file too, RssAnon those that are nobody else's.
        double Of(string name) => File.ReadAllLines($"/proc/{process.Id.ToString(CultureInfo.InvariantCulture)}/status")
            .Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Select(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture)).First() / KiBPerMiB;
        Console.WriteLine(FormattableString.Invariant($"| {what} | {Of("VmRSS"):0.0} | {Of("RssAnon"):0.0} |"));
    }

    private static async Task<Process> StartTwinsAsync(string folder)
    {
        var twins = Process.Start(new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "pond-sim.dll"), "devices", "--config", Path.Combine(folder, "site.toml"), "--folder", folder, "--every", "1s"])
        {
            RedirectStandardOutput = true, RedirectStandardInput = true,
        })!;
        while (await twins.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("ready", StringComparison.Ordinal))
            {
                _ = twins.StandardOutput.ReadToEndAsync();
                return twins;
            }
        }

        throw new IOException("The twins of the probes have not started.");
    }

    private static string Settings(string folder, int port, int page)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            [gateway]
            id = "gz-07"
            site = "demo-hill"
            [buffer]
            folder = "{folder}/buffer"
            max = "64MiB"
            free_space_floor = "0B"
            [clock]
            source = "system"
            [status_page]
            listen = "127.0.0.1:{page}"
            [uplink]
            host = "127.0.0.1"
            port = {port}
            [[station]]
            id = "pond"

            """);
        foreach (var bus in Buses)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"[[bus]]\nid = \"{bus}\"\nkind = \"serial\"\nport = \"/dev/{bus}\"");
        }

        foreach (var bus in Buses)
        {
            for (var address = 1; address <= DevicesPerBus; address++)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"[[device]]\nid = \"{bus}-{address}\"\nstation = \"pond\"\nbus = \"{bus}\"\nmodel = \"yosemitech-y532\"\naddress = {address}\ninterval = \"1s\"");
                foreach (var output in (string[])["ph", "temperature"])
                {
                    text.AppendLine(CultureInfo.InvariantCulture, $"  [[device.channel]]\n  id = \"{output}\"\n  output = \"{output}\"");
                }
            }
        }

        return text.ToString();
    }

    // What comes from a gateway that has just been started.
    private sealed class Seen
    {
        private readonly long begun = Stopwatch.GetTimestamp();
        private readonly TaskCompletionSource<double> first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<double> record = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<double> First => first.Task;

        public Task<double> Record => record.Task;

        public void Note(string topic)
        {
            var ms = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            first.TrySetResult(ms);
            if (topic.Contains("/data/", StringComparison.Ordinal))
            {
                record.TrySetResult(ms);
            }
        }
    }
}
