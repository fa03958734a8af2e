using System.Text.Json;
using System.Text.Json.Serialization;

namespace PondSentinel.Simulator.Demo;

/// <summary>The folder of a demo: what gateway and backend keep, the links to the virtual ports, and where the simulated
/// site stopped.</summary>
/// <remarks>One demo at a time: the folder is locked while it is open.</remarks>
internal sealed class DemoFolder : IDisposable
{
    private const ulong SeedDefault = 1;
    private const string StateFile = "site.json";
    private const string LockFile = "demo.lock";

    private readonly bool temporary;
    private readonly FileStream held;

    private DemoFolder(string path, bool temporary, FileStream held, SiteState state)
    {
        (Path, this.temporary, this.held, Start) = (path, temporary, held, state);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Where the site stood when the folder was opened.</summary>
    public SiteState Start { get; }

    /// <summary>Whether it is removed at the end.</summary>
    public bool IsTemporary => temporary;

    /// <summary>Folder of the gateway's buffer.</summary>
    public string Buffer => System.IO.Path.Combine(Path, "gateway");

    /// <summary>Folder of the backend.</summary>
    public string Backend => System.IO.Path.Combine(Path, "backend");

    /// <summary>Folder of the links to the ports.</summary>
    public string Lines => System.IO.Path.Combine(Path, "lines");

    /// <summary>What the virtual devices have said.</summary>
    public string Served => System.IO.Path.Combine(Path, "served.txt");

    /// <summary>The gateway's claims of what is durable.</summary>
    public string Durable => System.IO.Path.Combine(Path, "durable.txt");

    /// <summary>The gateway's configuration.</summary>
    public string GatewayFile => System.IO.Path.Combine(Path, "gateway.toml");

    /// <summary>Opens the folder, or makes one.</summary>
    /// <param name="options">What was chosen.</param>
    /// <exception cref="DemoObstacleException">It cannot be used.</exception>
    public static DemoFolder Open(DemoOptions options)
    {
        var path = options.Folder is { } chosen ? System.IO.Path.GetFullPath(chosen) : null;
        try
        {
            path = path is null
                ? Directory.CreateTempSubdirectory("pond-demo-").FullName
                : Directory.CreateDirectory(path).FullName;
            var held = Hold(path);
            try
            {
                Directory.CreateDirectory(System.IO.Path.Combine(path, "lines"));
                var state = Read(path, options.Seed);
                RefuseEndThatHasPassed(path, options.Until, state);
                return new DemoFolder(path, options.Folder is null, held, state);
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DemoObstacleException(
                $"{path ?? System.IO.Path.GetTempPath()} cannot be written: {e.Message} Name another folder with --data DIR.", e);
        }
    }

    /// <summary>Notes where the site stands, so that the next start goes on there.</summary>
    /// <param name="state">Where.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Save(SiteState state)
    {
        if (temporary)
        {
            return;
        }

        var file = System.IO.Path.Combine(Path, StateFile);
        File.WriteAllBytes(file + ".new", JsonSerializer.SerializeToUtf8Bytes(state, SiteStateJson.Default.SiteState));
        File.Move(file + ".new", file, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        held.Dispose();
        if (temporary)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It lies where the system cleans up anyway.
            }
        }
    }

    private static FileStream Hold(string path)
    {
        var file = System.IO.Path.Combine(path, LockFile);
        var existed = File.Exists(file);
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (existed)
        {
            throw new DemoObstacleException($"{path} is in use by another demo. End that one, or name another folder with --data DIR.", e);
        }
    }

    private static void RefuseEndThatHasPassed(string path, TimeSpan? until, SiteState state)
    {
        if (until is { } end && end.TotalSeconds <= state.SimulatedSeconds)
        {
            throw new DemoObstacleException(
                $"The site in {path} already stands at {PlainReport.Stamp(TimeSpan.FromSeconds(state.SimulatedSeconds))} of simulated time. Name a later time with --until.");
        }
    }

    private static SiteState Read(string path, ulong? seed)
    {
        var file = System.IO.Path.Combine(path, StateFile);
        if (!File.Exists(file))
        {
            return new SiteState(seed ?? SeedDefault, 0, 0);
        }

        SiteState? state;
        try
        {
            state = JsonSerializer.Deserialize(File.ReadAllBytes(file), SiteStateJson.Default.SiteState);
        }
        catch (JsonException)
        {
            state = null;
        }

        if (state is not { SimulatedSeconds: >= 0 and < SiteState.SecondsMax, WebhookPort: >= 0 and <= 65_535 })
        {
            throw new DemoObstacleException($"{file} does not say where the site stopped. Name another folder with --data DIR, or empty this one.");
        }

        return seed is null || seed == state.Seed
            ? state
            : throw new DemoObstacleException(
                FormattableString.Invariant($"{path} holds the site of seed {state.Seed}. Leave --seed out, or name another folder with --data DIR."));
    }
}

/// <summary>Where a simulated site stands.</summary>
/// <param name="Seed">The world.</param>
/// <param name="SimulatedSeconds">Simulated time since its beginning, s.</param>
/// <param name="WebhookPort">Port of the receiver of notices: the same again, so that notices that wait for it still find
/// it; 0 where there was none.</param>
internal sealed record SiteState(ulong Seed, double SimulatedSeconds, int WebhookPort)
{
    /// <summary>A hundred years: beyond, the file is wrong.</summary>
    public const double SecondsMax = 100.0 * 366 * 86_400;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(SiteState))]
internal sealed partial class SiteStateJson : JsonSerializerContext;
