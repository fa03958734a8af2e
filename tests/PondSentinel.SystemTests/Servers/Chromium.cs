using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Servers;

/// <summary>A real browser without a window, steered by its own debugging protocol; one page.</summary>
/// <remarks>Debian's Chromium and these few commands need no package and no download of a browser.</remarks>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);

    private static readonly string[] Arguments =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
        "--remote-debugging-port=0",
    ];

    private readonly RunningProcess process;
    private readonly ClientWebSocket socket = new();
    private readonly List<string> complaints = [];
    private int commands;

    private Chromium(RunningProcess process) => this.process = process;

    /// <summary>Starts a browser with an empty page.</summary>
    /// <param name="folder">Folder of the test.</param>
    public static async Task<Chromium> StartAsync(string folder)
    {
        var profile = Directory.CreateDirectory(Path.Combine(folder, "profile")).FullName;
        var process = RunningProcess.Start(
            "chromium", folder, "/usr/bin/chromium", [.. Arguments, $"--user-data-dir={profile}", "about:blank"]);
        var browser = new Chromium(process);
        var portFile = Path.Combine(profile, "DevToolsActivePort");
        await Eventually.HoldsAsync(
            () => File.Exists(portFile) && File.ReadAllText(portFile).Contains('\n', StringComparison.Ordinal),
            ReadyWithin,
            () => $"Chromium does not open its debugging port.\n{process.Tail}");
        var port = (await File.ReadAllLinesAsync(portFile))[0];
        using var http = new HttpClient();
        using var targets = JsonDocument.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/json/list")));
        var page = targets.RootElement.EnumerateArray().First(target => target.GetProperty("type").GetString() == "page");
        await browser.socket.ConnectAsync(
            new Uri(page.GetProperty("webSocketDebuggerUrl").GetString()!), TestContext.Current.CancellationToken);
        await browser.SendAsync("Runtime.enable", []);
        await browser.SendAsync("Log.enable", []);
        return browser;
    }

    /// <summary>What pages have complained of so far: errors of scripts, on the console, and of what could not be loaded.</summary>
    public IReadOnlyList<string> Complaints => complaints;

    /// <summary>Makes the page as large as a screen.</summary>
    /// <param name="width">Width, CSS pixels.</param>
    /// <param name="height">Height, CSS pixels.</param>
    public Task ResizeAsync(int width, int height) => SendAsync(
        "Emulation.setDeviceMetricsOverride",
        new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 });

    /// <summary>Has the page in the colours of day or night.</summary>
    /// <param name="scheme"><c>light</c> or <c>dark</c>.</param>
    public Task ShadeAsync(string scheme) => SendAsync(
        "Emulation.setEmulatedMedia",
        new JsonObject { ["features"] = new JsonArray { new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme } } });

    /// <summary>Goes to an address.</summary>
    /// <param name="address">The address.</param>
    public Task OpenAsync(Uri address) => SendAsync("Page.navigate", new JsonObject { ["url"] = address.ToString() });

    /// <summary>What a JavaScript expression gives on the page.</summary>
    /// <param name="expression">The expression; its value is a string, a number or a truth value.</param>
    public async Task<string> EvaluateAsync(string expression)
    {
        var answer = await SendAsync(
            "Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        Assert.True(answer["exceptionDetails"] is null, answer.ToJsonString());
        return answer["result"]!["value"]?.ToString() ?? "";
    }

    /// <summary>Waits until an expression is true on the page.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="within">Longest wait.</param>
    public Task ShowsAsync(string expression, TimeSpan within)
    {
        var text = "";
        return Eventually.HoldsAsync(
            async () =>
            {
                text = await EvaluateAsync("document.body?.innerText");
                return await EvaluateAsync($"Boolean({expression})") == "true";
            },
            within,
            () => $"The page does not fulfil {expression}. It says:\n{text}");
    }

    /// <summary>Presses a key, as a person does.</summary>
    /// <param name="key">Its name, for example <c>Tab</c>.</param>
    /// <param name="code">Its number.</param>
    public async Task PressAsync(string key, int code)
    {
        // Enter acts by the character that it writes.
        var text = key == "Enter" ? "\r" : null;
        foreach (var type in new[] { text is null ? "rawKeyDown" : "keyDown", "keyUp" })
        {
            var press = new JsonObject { ["type"] = type, ["key"] = key, ["code"] = key, ["windowsVirtualKeyCode"] = code };
            if (text is not null && type == "keyDown")
            {
                press["text"] = text;
            }

            await SendAsync("Input.dispatchKeyEvent", press);
        }
    }

    /// <summary>Prints the page to a file, as its style sheet says.</summary>
    /// <param name="path">Where it goes: a PDF file.</param>
    public async Task PrintAsync(string path)
    {
        var answer = await SendAsync(
            "Page.printToPDF", new JsonObject { ["preferCSSPageSize"] = true, ["printBackground"] = true });
        await File.WriteAllBytesAsync(path, Convert.FromBase64String(answer["data"]!.ToString()));
    }

    /// <summary>Takes a picture of the page.</summary>
    /// <param name="path">Where it goes: a PNG file.</param>
    /// <param name="isWhole">Whether what lies below the screen is in it too.</param>
    public async Task ScreenshotAsync(string path, bool isWhole = false)
    {
        var answer = await SendAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png", ["captureBeyondViewport"] = isWhole });
        await File.WriteAllBytesAsync(path, Convert.FromBase64String(answer["data"]!.ToString()));
    }

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        await process.DisposeAsync();
    }

    private async Task<JsonObject> SendAsync(string method, JsonObject parameters)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(AnswerWithin);
        var id = ++commands;
        var command = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        await socket.SendAsync(
            JsonSerializer.SerializeToUtf8Bytes(command), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
        while (true)
        {
            // Events of the page come between.
            var message = await ReceiveAsync(limit.Token);
            Note(message);
            if (message["id"]?.GetValue<int>() == id)
            {
                Assert.True(message["error"] is null, message.ToJsonString());
                return message["result"]!.AsObject();
            }
        }
    }

    private void Note(JsonObject message)
    {
        var (method, told) = (message["method"]?.ToString(), message["params"]);
        if (method == "Runtime.exceptionThrown"
            || (method == "Runtime.consoleAPICalled" && told?["type"]?.ToString() is "error" or "assert")
            || (method == "Log.entryAdded" && told?["entry"]?["level"]?.ToString() == "error"))
        {
            complaints.Add(told!.ToJsonString());
        }
    }

    private async Task<JsonObject> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var message = new MemoryStream();
        var part = new byte[64 * 1024];
        ValueWebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(part.AsMemory(), cancellationToken);
            message.Write(part, 0, received.Count);
        }
        while (!received.EndOfMessage);
        return JsonNode.Parse(message.ToArray())!.AsObject();
    }
}
