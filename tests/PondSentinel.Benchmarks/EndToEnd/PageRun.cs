using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>How soon a stretch of a channel is answered and drawn with a month of 14 channels in the embedded store, and what fifty people
/// who look cost: the program itself, a real browser, real streams.</summary>
internal static partial class PageRun
{
    private const int Channels = 14;
    private const int ManyChannels = 1_000;
    private const int Viewers = 50;
    private const int Times = 20;
    private const int TimesOfPage = 8;
    private const int Phone = 4;
    private const int MinutesPerDay = 24 * 60;
    private const int MinutesBefore = 60;
    private const double MiB = 1024 * 1024;

    private static readonly (string Name, TimeSpan Length)[] Spans =
        [("1d", TimeSpan.FromDays(1)), ("7d", TimeSpan.FromDays(7)), ("30d", TimeSpan.FromDays(30))];

    /// <summary>Measures and prints.</summary>
    /// <param name="isShort">Whether two days and a few seconds will do, for trying.</param>
    public static async Task RunAsync(bool isShort)
    {
        var days = isShort ? 2 : 30;
        var folder = Directory.CreateTempSubdirectory("pond-bench-page-").FullName;
        try
        {
            using (var backend = new WatchedBackend(Directory.CreateDirectory(Path.Combine(folder, "month")).FullName, Channels))
            {
                await backend.StartAsync();
                var begun = Stopwatch.GetTimestamp();
                await backend.FillAsync(days * MinutesPerDay);
                await backend.StopAsync();
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{Channels} channels for {days} days at 1/min: {backend.StoreBytes / MiB:0} MiB, stored in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s\n"));
                await AskAsync(backend, Path.Combine(folder, "month", "state"));
                await DrawAsync(backend, folder);
                await WatchAsync(backend, isShort, Channels);
            }

            using var many = new WatchedBackend(Directory.CreateDirectory(Path.Combine(folder, "many")).FullName, ManyChannels);
            await many.StartAsync();
            await many.FillAsync(MinutesBefore);
            await WatchAsync(many, isShort, ManyChannels);
            await many.StartAsync();
            await LiveAsync(many, folder, isShort);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Cold: the program just started, and nothing of its files in the memory of the machine.
    private static async Task AskAsync(WatchedBackend backend, string state)
    {
        Console.WriteLine("| /api/series, 1,000 points | the first after the start, files not in memory, ms | files not in memory, ms | warm: middle of 20, ms | most, ms | answer, KiB |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (name, length) in Spans)
        {
            await ForgetAsync(state);
            await backend.StartAsync();
            await ForgetAsync(state);
            using var http = new HttpClient { BaseAddress = backend.Page };
            async Task<(double Ms, int Bytes)> Ask()
            {
                var to = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
                var begun = Stopwatch.GetTimestamp();
                var bytes = await http.GetByteArrayAsync(new Uri(string.Create(
                    CultureInfo.InvariantCulture, $"/api/series?{WatchedBackend.FirstChannel}&from={to - (long)length.TotalMilliseconds}&to={to}&points=1000"), UriKind.Relative));
                return (Stopwatch.GetElapsedTime(begun).TotalMilliseconds, bytes.Length);
            }

            var first = await Ask();
            await ForgetAsync(state);
            var cold = await Ask();
            List<double> warm = [];
            for (var i = 0; i < Times; i++)
            {
                warm.Add((await Ask()).Ms);
            }

            warm.Sort();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {name} | {first.Ms:0} | {cold.Ms:0} | {warm[Times / 2]:0} | {warm[^1]:0} | {first.Bytes / 1024.0:0} |"));
            await backend.StopAsync();
        }

        Console.WriteLine();
    }

    private static async Task DrawAsync(WatchedBackend backend, string folder)
    {
        Console.WriteLine("| from the navigation to what is drawn, ms | the first, program just started | middle of 8 | most | on a processor four times slower, middle |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (name, path) in Spans.Select(span => ($"chart, {span.Name}", $"/chart?{WatchedBackend.FirstChannel}&span={span.Name}")).Append(("main page", "/")))
        {
            await backend.StartAsync();
            var profile = Directory.CreateTempSubdirectory("pond-bench-browser-").FullName;
            try
            {
                using var browser = await Browser.StartAsync(profile);
                await PrintPageAsync(browser, name, new Uri(backend.Page, path));
            }
            finally
            {
                Directory.Delete(profile, recursive: true);
            }

            await backend.StopAsync();
        }

        Console.WriteLine();
    }

    private static async Task PrintPageAsync(Browser browser, string name, Uri address)
    {
        async Task<List<double>> Several()
        {
            List<double> times = [];
            for (var i = 0; i < TimesOfPage; i++)
            {
                times.Add(await browser.OpenAsync(address, "drawn"));
            }

            times.Sort();
            return times;
        }

        var first = await browser.OpenAsync(address, "drawn");
        var times = await Several();
        await browser.SlowAsync(Phone);
        var slow = await Several();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {name} | {first:0} | {times[TimesOfPage / 2]:0} | {times[^1]:0} | {slow[TimesOfPage / 2]:0} |"));
    }

    private static async Task WatchAsync(WatchedBackend backend, bool isShort, int channels)
    {
        var span = TimeSpan.FromSeconds(isShort ? 10 : 60);
        if (channels == Channels)
        {
            Console.WriteLine("| channels | viewers | processor, % of a core | of it a viewer | resident, MiB | more than with none, MiB | bytes/s a viewer | from the measurement to a viewer: middle, ms | most, ms |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
            await backend.StartAsync();
        }

        using var stop = new CancellationTokenSource();
        var sending = backend.FollowAsync(stop.Token);
        await Task.Delay(span / 2, TimeProvider.System);
        var none = await MeasureAsync(backend, span);
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Viewers }) { BaseAddress = backend.Page, Timeout = Timeout.InfiniteTimeSpan };
        var seen = new Seen();
        var viewers = Enumerable.Range(0, Viewers).Select(_ => LookAsync(http, seen, stop.Token)).Append(ReadAsync(backend.Page, seen, stop.Token)).ToList();
        await Task.Delay(span / 4, TimeProvider.System);
        seen.Begin();
        var all = await MeasureAsync(backend, span);
        var (bytes, late) = seen.Read();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {channels} | 0 | {none.Percent:0.0} | | {none.Resident / MiB:0} | | | | |"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {channels} | {Viewers} | {all.Percent:0.0} | {(all.Percent - none.Percent) / Viewers:0.00} | {all.Resident / MiB:0} | {(all.Resident - none.Resident) / MiB:0} | {bytes / span.TotalSeconds / Viewers:0} | {late[late.Count / 2]} | {late[^1]} |"));
        await stop.CancelAsync();
        await sending;
        await Task.WhenAll(viewers);
        await backend.StopAsync();
    }

    private static async Task LiveAsync(WatchedBackend many, string folder, bool isShort)
    {
        using var stop = new CancellationTokenSource();
        var sending = many.FollowAsync(stop.Token);
        using var browser = await Browser.StartAsync(folder);
        var first = await browser.OpenAsync(many.Page, "drawn");
        var span = TimeSpan.FromSeconds(isShort ? 10 : 30);
        await Task.Delay(span / 3, TimeProvider.System);
        var before = await browser.WorkedAsync();
        var begun = Stopwatch.GetTimestamp();
        await Task.Delay(span, TimeProvider.System);
        var share = 100 * (await browser.WorkedAsync() - before) / Stopwatch.GetElapsedTime(begun);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"\nmain page of {ManyChannels} channels: drawn after {first:0} ms; while they go on its thread works {share:0} % of the time"));
        await stop.CancelAsync();
        await sending;
        await many.StopAsync();
    }

    private static async Task<(double Percent, long Resident)> MeasureAsync(WatchedBackend backend, TimeSpan span)
    {
        backend.Program.Refresh();
        var before = backend.Program.TotalProcessorTime;
        var begun = Stopwatch.GetTimestamp();
        await Task.Delay(span, TimeProvider.System);
        backend.Program.Refresh();
        var percent = 100 * (backend.Program.TotalProcessorTime - before) / Stopwatch.GetElapsedTime(begun);
        return (percent, backend.Program.WorkingSet64);
    }

    // As a browser asks, and unpacking nothing: bytes are those of the line.
    private static async Task LookAsync(HttpClient http, Seen seen, CancellationToken end)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/events?lang=en", UriKind.Relative));
            request.Headers.Add("Accept-Encoding", "gzip, deflate, br");
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, end);
            response.EnsureSuccessStatusCode();
            await using var stream = await response.Content.ReadAsStreamAsync(end);
            var part = new byte[64 * 1024];
            while (await stream.ReadAsync(part, end) is var read and > 0)
            {
                seen.Add(read);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to end.
        }
    }

    // One more, that looks into what comes: how long ago the newest value was measured when it is here.
    private static async Task ReadAsync(Uri page, Seen seen, CancellationToken end)
    {
        try
        {
            using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
            using var reader = new StreamReader(await http.GetStreamAsync(new Uri(page, "/events?lang=en"), end));
            var newest = 0L;
            while (await reader.ReadLineAsync(end) is { } line)
            {
                var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
                var latest = Measured().Matches(line).Select(found => long.Parse(found.Groups["ms"].Value, CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();
                if (latest > newest)
                {
                    newest = latest;
                    seen.Add(now - latest);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told to end.
        }
    }

    // How cold a file can be made without a new machine: what is clean of it leaves the memory.
    private static async Task ForgetAsync(string folder)
    {
        foreach (var file in Directory.GetFiles(folder))
        {
            using var dd = Process.Start(new ProcessStartInfo("dd", ["of=" + file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none"]))!;
            await dd.WaitForExitAsync();
        }
    }

    [GeneratedRegex("\"timeMs\":(?<ms>[0-9]+)")]
    private static partial Regex Measured();

    private sealed class Seen
    {
        private readonly Lock gate = new();
        private readonly List<long> late = [];
        private long bytes;

        public void Add(int count) => Interlocked.Add(ref bytes, count);

        public void Add(long lateMs)
        {
            lock (gate)
            {
                late.Add(lateMs);
            }
        }

        public void Begin()
        {
            lock (gate)
            {
                late.Clear();
            }

            Interlocked.Exchange(ref bytes, 0);
        }

        public (long Bytes, List<long> Late) Read()
        {
            lock (gate)
            {
                return (Interlocked.Read(ref bytes), [.. late.Order().DefaultIfEmpty()]);
            }
        }
    }
}
