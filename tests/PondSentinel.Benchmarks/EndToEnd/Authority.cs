using System.Diagnostics;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>Certificates that <c>deploy/pki/pki.sh</c> makes.</summary>
internal sealed class Authority
{
    private readonly string folder;

    private Authority(string folder) => this.folder = folder;

    /// <summary>Top of this checkout.</summary>
    public static string Checkout { get; } = FindCheckout();

    /// <summary>Who has signed them.</summary>
    public string Root => Path.Combine(folder, "ca/ca.pem");

    /// <summary>The list of revoked ones.</summary>
    public string Revoked => Path.Combine(folder, "crl.pem");

    /// <summary>Makes them for a broker on this machine, a backend and a gateway.</summary>
    /// <param name="folder">A folder that is not there yet.</param>
    /// <param name="gateway">Name of the gateway.</param>
    public static async Task<Authority> CreateAsync(string folder, string gateway)
    {
        string[][] steps = [["init"], ["server", "broker", "--san", "127.0.0.1"], ["backend"], ["gateway", gateway]];
        foreach (var step in steps)
        {
            var start = new ProcessStartInfo("/bin/sh", [Path.Combine(Checkout, "deploy/pki/pki.sh"), "--folder", folder, .. step])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            };
            using var running = Process.Start(start) ?? throw new InvalidOperationException("pki.sh does not start");
            var output = running.StandardOutput.ReadToEndAsync();
            var errors = await running.StandardError.ReadToEndAsync();
            await running.WaitForExitAsync();
            if (running.ExitCode != 0)
            {
                throw new InvalidOperationException($"pki.sh {string.Join(' ', step)}: {errors}{await output}");
            }
        }

        return new Authority(folder);
    }

    /// <summary>The file of a certificate.</summary>
    /// <param name="name">Whose.</param>
    public string Certificate(string name) => Path.Combine(folder, $"issued/{name}/1/{name}.pem");

    /// <summary>The file of its key.</summary>
    /// <param name="name">Whose.</param>
    public string Key(string name) => Path.ChangeExtension(Certificate(name), ".key");

    private static string FindCheckout()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "PondSentinel.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException($"No PondSentinel.sln above {AppContext.BaseDirectory}: run from a checkout.");
    }
}
