using System.Net;
using System.Text;
using System.Text.Json;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Servers;

/// <summary>A real InfluxDB 1.x with folders and ports of its own.</summary>
internal sealed class InfluxDb : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);

    private readonly string folder;
    private readonly string data;
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(20) };
    private RunningProcess? process;

    private InfluxDb(string folder, string? data)
    {
        (this.folder, this.data) = (folder, data ?? folder);
        Url = new Uri($"http://127.0.0.1:{FreePort.Next()}");
    }

    /// <summary>Its address; the same after a restart.</summary>
    public Uri Url { get; }

    /// <summary>The folder that it keeps everything in.</summary>
    public string Files => folder;

    /// <summary>Its last lines.</summary>
    public string Tail => process?.Tail ?? "";

    /// <summary>Makes one and starts it.</summary>
    /// <param name="folder">Folder of the test.</param>
    /// <param name="data">Where it keeps its data; null for below that folder.</param>
    public static async Task<InfluxDb> StartAsync(string folder, string? data = null)
    {
        var server = new InfluxDb(Directory.CreateDirectory(Path.Combine(folder, "influxdb")).FullName, data);
        await File.WriteAllTextAsync(Path.Combine(server.folder, "influxdb.conf"), server.Settings());
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it (again) and waits until it answers.</summary>
    public async Task StartAsync()
    {
        process = RunningProcess.Start(
            "influxd", folder, "/usr/bin/influxd", "-config", Path.Combine(folder, "influxdb.conf"));
        await Eventually.HoldsAsync(AnswersAsync, ReadyWithin, () => $"InfluxDB does not answer at {Url}.\n{Tail}");
    }

    /// <summary>Takes it down as a crash would.</summary>
    public async Task KillAsync()
    {
        await process!.KillAsync();
        await process.DisposeAsync();
    }

    /// <summary>Stands it still.</summary>
    public void Pause() => process!.Pause();

    /// <summary>Lets it go on.</summary>
    public void Resume() => process!.Resume();

    /// <summary>Asks an InfluxQL question.</summary>
    /// <param name="database">The database.</param>
    /// <param name="question">The question.</param>
    /// <returns>The rows of all series; times are ns since 1970.</returns>
    public async Task<IReadOnlyList<InfluxRow>> QueryAsync(string database, string question)
    {
        var address = new Uri(Url, $"/query?epoch=ns&db={Uri.EscapeDataString(database)}&q={Uri.EscapeDataString(question)}");
        using var document = JsonDocument.Parse(await http.GetStringAsync(address));
        var result = document.RootElement.GetProperty("results")[0];
        if (result.TryGetProperty("error", out var error))
        {
            // The backend creates the database with its first write.
            if (error.GetString()!.StartsWith("database not found", StringComparison.Ordinal))
            {
                return [];
            }

            throw new InvalidOperationException($"InfluxDB refuses {question}: {error.GetString()}");
        }

        return result.TryGetProperty("series", out var series) ? [.. series.EnumerateArray().SelectMany(Rows)] : [];
    }

    /// <summary>Creates a database.</summary>
    /// <param name="database">Its name, a word or in quotes.</param>
    public async Task CreateAsync(string database)
    {
        using var body = new FormUrlEncodedContent([new("q", $"CREATE DATABASE {database}")]);
        using var answer = await http.PostAsync(new Uri(Url, "/query"), body);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Writes a point now.</summary>
    /// <param name="database">The database, which is there.</param>
    /// <param name="line">The point in line protocol, without a time.</param>
    public async Task WriteAsync(string database, string line)
    {
        using var body = new StringContent(line + "\n");
        using var answer = await http.PostAsync(new Uri(Url, $"/write?db={Uri.EscapeDataString(database)}"), body);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (process is not null)
        {
            await process.DisposeAsync();
        }
    }

    private static IEnumerable<InfluxRow> Rows(JsonElement series)
    {
        var measurement = series.GetProperty("name").GetString()!;
        var columns = series.GetProperty("columns").EnumerateArray().Select(column => column.GetString()!).ToArray();
        foreach (var values in series.GetProperty("values").EnumerateArray())
        {
            yield return new InfluxRow(
                measurement,
                columns.Zip(values.EnumerateArray())
                    .Where(cell => cell.Second.ValueKind != JsonValueKind.Null)
                    .ToDictionary(cell => cell.First, cell => cell.Second.Clone(), StringComparer.Ordinal));
        }
    }

    private async Task<bool> AnswersAsync()
    {
        Assert.False(process!.HasExited, $"InfluxDB has ended.\n{Tail}");
        try
        {
            using var answer = await http.GetAsync(new Uri(Url, "/ping"));
            return answer.StatusCode == HttpStatusCode.NoContent;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private string Settings()
    {
        var text = new StringBuilder();
        text.AppendLine("reporting-disabled = true");
        text.AppendLine($"bind-address = \"127.0.0.1:{FreePort.Next()}\"");
        text.AppendLine($"[meta]\n  dir = \"{data}/meta\"");
        text.AppendLine($"[data]\n  dir = \"{data}/data\"\n  wal-dir = \"{data}/wal\"\n  query-log-enabled = false");
        text.AppendLine($"[http]\n  bind-address = \"127.0.0.1:{Url.Port}\"\n  log-enabled = false");
        text.AppendLine("[monitor]\n  store-enabled = false");
        return text.ToString();
    }
}

/// <summary>A row that InfluxDB answered.</summary>
/// <param name="Measurement">The measurement.</param>
/// <param name="Columns">Tags and fields that are there, and <c>time</c>.</param>
internal sealed record InfluxRow(string Measurement, IReadOnlyDictionary<string, JsonElement> Columns)
{
    /// <summary>A tag or a text, empty where there is none.</summary>
    /// <param name="column">Its name.</param>
    public string Text(string column) => Columns.TryGetValue(column, out var value) ? value.GetString()! : "";

    /// <summary>A whole number.</summary>
    /// <param name="column">Its name.</param>
    public long Whole(string column) => Columns[column].GetInt64();

    /// <summary>A number, null where there is none.</summary>
    /// <param name="column">Its name.</param>
    public double? Number(string column) => Columns.TryGetValue(column, out var value) ? value.GetDouble() : null;
}
