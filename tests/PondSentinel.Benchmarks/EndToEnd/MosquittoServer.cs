using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>A real Mosquitto with the settings of <c>deploy/mosquitto</c>; only its ports and folders are its own.</summary>
internal sealed class MosquittoServer : IDisposable
{
    private readonly string folder;
    private Process process;

    private MosquittoServer(string folder, int port, int tlsPort, Process process) =>
        (this.folder, Port, TlsPort, this.process) = (folder, port, tlsPort, process);

    /// <summary>Its port without TLS, for whoever has a password.</summary>
    public int Port { get; }

    /// <summary>Its port for whoever has a certificate; 0 where it has none.</summary>
    public int TlsPort { get; }

    /// <summary>Every packet that it has received or sent, a line each, where it was told to tell.</summary>
    public string Journal => Path.Combine(folder, "mosquitto.log");

    /// <summary>Processor time that it has spent since its last start.</summary>
    public TimeSpan Spent
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Starts one and waits until it listens.</summary>
    /// <param name="folder">Its folder, created.</param>
    /// <param name="authority">Certificates; null for a broker without TLS, which everybody may use.</param>
    public static async Task<MosquittoServer> StartAsync(string folder, Authority? authority)
    {
        Directory.CreateDirectory(folder);
        var (port, tlsPort) = (FreePort(), authority is null ? 0 : FreePort());
        var settings = Settings("pondsentinel.conf")
            .Replace("listener 1883 127.0.0.1", string.Create(CultureInfo.InvariantCulture, $"listener {port} 127.0.0.1"), StringComparison.Ordinal)
            .Replace("persistence_location /var/lib/mosquitto/", $"persistence_location {folder}/", StringComparison.Ordinal);
        if (authority is null)
        {
            settings = Without(settings, "allow_anonymous", "password_file", "acl_file", "use_username_as_clientid") + "allow_anonymous true\n";
        }
        else
        {
            var passwords = Path.Combine(folder, "passwd");
            await File.WriteAllTextAsync(passwords, "");
            var tls = Settings("pondsentinel-tls.conf")
                .Replace("listener 8883", string.Create(CultureInfo.InvariantCulture, $"listener {tlsPort} 127.0.0.1"), StringComparison.Ordinal)
                .Replace("/etc/mosquitto/certs/broker.pem", authority.Certificate("broker"), StringComparison.Ordinal)
                .Replace("/etc/mosquitto/certs/broker.key", authority.Key("broker"), StringComparison.Ordinal)
                .Replace("/etc/mosquitto/ca_certificates/pondsentinel.pem", authority.Root, StringComparison.Ordinal)
                .Replace("/etc/mosquitto/ca_certificates/pondsentinel-crl.pem", authority.Revoked, StringComparison.Ordinal);
            settings = tls + settings
                .Replace("/etc/mosquitto/pondsentinel.passwd", passwords, StringComparison.Ordinal)
                .Replace("/etc/mosquitto/pondsentinel.acl", Path.Combine(Authority.Checkout, "deploy/mosquitto/pondsentinel.acl"), StringComparison.Ordinal);
        }

        settings += "user root\n" + (authority is null ? "log_type error\n" : $"log_type all\nlog_dest file {Path.Combine(folder, "mosquitto.log")}\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "mosquitto.conf"), settings);
        var server = new MosquittoServer(folder, port, tlsPort, Launch(folder));
        await server.UntilItListensAsync();
        return server;
    }

    /// <summary>Takes it down as a crash would, and starts it again with what it had saved.</summary>
    /// <param name="away">How long it is away.</param>
    public async Task RestartAsync(TimeSpan away)
    {
        Dispose();
        await Task.Delay(away, TimeProvider.System);
        process = Launch(folder);
        await UntilItListensAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private static Process Launch(string folder)
    {
        var start = new ProcessStartInfo("/usr/sbin/mosquitto", ["-c", Path.Combine(folder, "mosquitto.conf")])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("mosquitto does not start");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task UntilItListensAsync()
    {
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (!process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    private static string Settings(string file) => File.ReadAllText(Path.Combine(Authority.Checkout, "deploy/mosquitto", file)) + "\n";

    private static string Without(string settings, params string[] keys) => string.Join(
        '\n', settings.Split('\n').Where(line => !keys.Any(key => line.StartsWith(key, StringComparison.Ordinal))));

    /// <summary>A port on loopback that nobody listens on.</summary>
    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
