using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>Debian's Chromium without a window, by its own debugging protocol: opens pages and says what it finds there.</summary>
internal sealed class Browser : IDisposable
{
    private const int PartBytes = 64 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(20);

    private readonly Process process;
    private readonly ClientWebSocket socket = new();
    private int commands;

    private Browser(Process process) => this.process = process;

    /// <summary>Starts one with an empty page, on a screen of 1280 by 900.</summary>
    /// <param name="folder">Where its profile goes.</param>
    public static async Task<Browser> StartAsync(string folder)
    {
        var profile = Directory.CreateDirectory(Path.Combine(folder, "profile")).FullName;
        var browser = new Browser(Process.Start(new ProcessStartInfo(
            "/usr/bin/chromium",
            ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--window-size=1280,900", "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank"])
        {
            RedirectStandardError = true,
        })!);
        browser.process.ErrorDataReceived += static (_, _) => { };
        browser.process.BeginErrorReadLine();
        var portFile = Path.Combine(profile, "DevToolsActivePort");
        await WaitAsync(() => Task.FromResult(File.Exists(portFile) && File.ReadAllText(portFile).Contains('\n', StringComparison.Ordinal)));
        using var http = new HttpClient();
        var targets = JsonElement.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{File.ReadLines(portFile).First()}/json/list")));
        var page = targets.EnumerateArray().First(target => target.GetProperty("type").GetString() == "page");
        await browser.socket.ConnectAsync(new Uri(page.GetProperty("webSocketDebuggerUrl").GetString()!), CancellationToken.None);
        await browser.SendAsync("Page.enable", []);
        return browser;
    }

    /// <summary>Slows the page's processor.</summary>
    /// <param name="times">So many times slower; 1 for as it is.</param>
    public Task SlowAsync(int times) => SendAsync("Emulation.setCPUThrottlingRate", new JsonObject { ["rate"] = times });

    /// <summary>Opens a page and waits for a mark that it sets.</summary>
    /// <param name="address">The page.</param>
    /// <param name="mark">Name of the mark.</param>
    /// <returns>From the beginning of the navigation to the mark, ms, by the browser's own clock.</returns>
    public async Task<double> OpenAsync(Uri address, string mark)
    {
        await SendAsync("Page.navigate", new JsonObject { ["url"] = "about:blank" });
        await SendAsync("Page.navigate", new JsonObject { ["url"] = address.ToString() });
        var at = 0.0;
        await WaitAsync(async () =>
        {
            var found = await EvaluateAsync($"location.protocol === 'http:' ? performance.getEntriesByName('{mark}')[0]?.startTime ?? 0 : 0");
            return double.TryParse(found, CultureInfo.InvariantCulture, out at) && at > 0;
        });
        return at;
    }

    /// <summary>How long the page's own thread has worked so far.</summary>
    public async Task<TimeSpan> WorkedAsync()
    {
        await SendAsync("Performance.enable", []);
        var metrics = (await SendAsync("Performance.getMetrics", []))["metrics"]!.AsArray();
        return TimeSpan.FromSeconds(metrics.First(metric => metric!["name"]!.ToString() == "TaskDuration")!["value"]!.GetValue<double>());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        socket.Dispose();
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    private static async Task WaitAsync(Func<Task<bool>> isSo)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            if (Stopwatch.GetElapsedTime(begun) > Patience)
            {
                throw new TimeoutException("The browser has not come so far.");
            }

            await Task.Delay(Again, TimeProvider.System);
        }
    }

    private async Task<string> EvaluateAsync(string expression)
    {
        var answer = await SendAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true });
        return answer["result"]!["value"]?.ToString() ?? "";
    }

    private async Task<JsonObject> SendAsync(string method, JsonObject parameters)
    {
        var id = ++commands;
        var command = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(command), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        while (true)
        {
            // Events of the page come between.
            var message = await ReceiveAsync();
            if (message["id"]?.GetValue<int>() == id)
            {
                return message["result"]?.AsObject() ?? throw new IOException(message.ToJsonString());
            }
        }
    }

    private async Task<JsonObject> ReceiveAsync()
    {
        using var message = new MemoryStream();
        var part = new byte[PartBytes];
        ValueWebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(part.AsMemory(), CancellationToken.None);
            message.Write(part, 0, received.Count);
        }
        while (!received.EndOfMessage);
        return JsonNode.Parse(message.ToArray())!.AsObject();
    }
}
