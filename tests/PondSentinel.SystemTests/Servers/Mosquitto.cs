using System.Globalization;
using System.Net.Sockets;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Site;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Servers;

/// <summary>A real Mosquitto with the settings of <c>deploy/mosquitto</c>; only its port and folders are its own.</summary>
internal sealed class Mosquitto : IAsyncDisposable
{
    /// <summary>User name of the backend.</summary>
    public const string Backend = "pond-backend";

    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(30);

    private readonly string folder;
    private RunningProcess? process;

    private Mosquitto(string folder) => this.folder = folder;

    /// <summary>Its port; the same after a restart.</summary>
    public int Port { get; private set; } = FreePort.Next();

    /// <summary>Its port for TLS; 0 where it has none.</summary>
    public int TlsPort { get; private init; }

    /// <summary>Its last lines.</summary>
    public string Tail => process?.Tail ?? "";

    /// <summary>The password of a user, where a test knows one.</summary>
    /// <param name="user">The user.</param>
    public static string Password(string user) => $"secret of {user}";

    /// <summary>Makes one and starts it.</summary>
    /// <param name="folder">Folder of the test.</param>
    /// <param name="users">Who may log in.</param>
    public static Task<Mosquitto> StartAsync(string folder, params IEnumerable<string> users) =>
        StartAsync(folder, 0, "", "", users);

    /// <summary>Makes one that keeps no more than a few messages for a client that is away, and starts it.</summary>
    /// <param name="folder">Folder of the test.</param>
    /// <param name="queuedMax">Most messages it keeps.</param>
    /// <param name="users">Who may log in.</param>
    public static Task<Mosquitto> StartForgetfulAsync(string folder, int queuedMax, params IEnumerable<string> users) =>
        StartAsync(folder, 0, "", string.Create(CultureInfo.InvariantCulture, $"max_queued_messages {queuedMax}\n"), users);

    /// <summary>Makes one that also has the TLS listener, for whoever has a certificate of an authority, and starts it.
    /// </summary>
    /// <param name="folder">Folder of the test.</param>
    /// <param name="authority">File with who may have signed the clients' certificates.</param>
    /// <param name="revoked">File with the list of the revoked ones.</param>
    /// <param name="certificate">File with its own.</param>
    /// <param name="key">File with its key.</param>
    public static Task<Mosquitto> StartTlsAsync(
        string folder, string authority, string revoked, string certificate, string key)
    {
        var port = FreePort.Next();
        var listener = Replaced(
            "deploy/mosquitto/pondsentinel-tls.conf",
            ("listener 8883", string.Create(CultureInfo.InvariantCulture, $"listener {port} 127.0.0.1")),
            ("/etc/mosquitto/certs/broker.pem", certificate),
            ("/etc/mosquitto/certs/broker.key", key),
            ("/etc/mosquitto/ca_certificates/pondsentinel.pem", authority),
            ("/etc/mosquitto/ca_certificates/pondsentinel-crl.pem", revoked));
        return StartAsync(folder, port, listener, "", []);
    }

    private static async Task<Mosquitto> StartAsync(
        string folder, int tlsPort, string before, string after, IEnumerable<string> users)
    {
        var broker = new Mosquitto(Directory.CreateDirectory(Path.Combine(folder, "mosquitto")).FullName) { TlsPort = tlsPort };

        // As /etc/mosquitto/conf.d/ is read: one file after the other.
        await File.WriteAllTextAsync(Path.Combine(broker.folder, "mosquitto.conf"), before + broker.Settings() + after);
        await File.WriteAllTextAsync(Path.Combine(broker.folder, "passwd"), "");
        foreach (var user in users)
        {
            await using var passwords = RunningProcess.Start(
                "mosquitto_passwd", broker.folder, "/usr/bin/mosquitto_passwd", "-b", "passwd", user, Password(user));
            await passwords.WaitForExitAsync(ReadyWithin);
            Assert.True(passwords.ExitCode == 0, passwords.Tail);
        }

        await broker.StartAsync();
        return broker;
    }

    /// <summary>Starts it (again) and waits until it listens.</summary>
    public async Task StartAsync()
    {
        process = RunningProcess.Start(
            "mosquitto", folder, "/usr/sbin/mosquitto", "-v", "-c", Path.Combine(folder, "mosquitto.conf"));
        await Eventually.HoldsAsync(ListensAsync, ReadyWithin, () => $"Mosquitto does not listen on {Port}.\n{Tail}");
    }

    /// <summary>Gives it another port, from its next start on.</summary>
    public Task MoveAsync()
    {
        Port = FreePort.Next();
        return File.WriteAllTextAsync(Path.Combine(folder, "mosquitto.conf"), Settings());
    }

    /// <summary>Takes it down as a crash would: what it had not saved is gone.</summary>
    public async Task KillAsync()
    {
        await process!.KillAsync();
        await process.DisposeAsync();
    }

    /// <summary>Loses all that it has saved. To be called while it does not run.</summary>
    public void LoseSaved() => File.Delete(Path.Combine(folder, "mosquitto.db"));

    /// <summary>Makes it save sessions and messages now, and waits until it has.</summary>
    public async Task SaveAsync()
    {
        var saved = new FileInfo(Path.Combine(folder, "mosquitto.db"));
        var before = saved.Exists ? saved.LastWriteTimeUtc : DateTime.MinValue;
        process!.Nudge();
        await Eventually.HoldsAsync(
            () =>
            {
                saved.Refresh();
                return saved.Exists && saved.LastWriteTimeUtc > before;
            },
            ReadyWithin,
            () => $"Mosquitto does not save.\n{Tail}");
    }

    /// <summary>Stands it still.</summary>
    public void Pause() => process!.Pause();

    /// <summary>Lets it go on.</summary>
    public void Resume() => process!.Resume();

    /// <summary>How often it has said something since it was made.</summary>
    /// <param name="text">Part of a line.</param>
    public int Times(string text) =>
        WholeLines.Of(Path.Combine(folder, "mosquitto.log")).Count(line => line.Contains(text, StringComparison.Ordinal));

    public ValueTask DisposeAsync() => process is null ? ValueTask.CompletedTask : process.DisposeAsync();

    private async Task<bool> ListensAsync()
    {
        Assert.False(process!.HasExited, $"Mosquitto has ended.\n{Tail}");
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // Root's Mosquitto would otherwise become a user that cannot write here; for others the line means nothing.
    private string Settings() => Replaced(
        "deploy/mosquitto/pondsentinel.conf",
        ("listener 1883 127.0.0.1", string.Create(CultureInfo.InvariantCulture, $"listener {Port} 127.0.0.1")),
        ("/etc/mosquitto/pondsentinel.passwd", Path.Combine(folder, "passwd")),
        ("/etc/mosquitto/pondsentinel.acl", Path.Combine(Checkout.Root, "deploy/mosquitto/pondsentinel.acl"))) + $"\npersistence_location {folder}/\nuser root\nlog_dest stderr\n";

    private static string Replaced(string file, params IEnumerable<(string OfProduct, string OfTest)> places)
    {
        var settings = File.ReadAllText(Path.Combine(Checkout.Root, file));
        foreach (var (ofProduct, ofTest) in places)
        {
            Assert.Contains(ofProduct, settings, StringComparison.Ordinal);
            settings = settings.Replace(ofProduct, ofTest, StringComparison.Ordinal);
        }

        return settings;
    }
}
