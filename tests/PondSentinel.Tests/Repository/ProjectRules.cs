using System.Xml.Linq;

namespace PondSentinel.Tests.Repository;

/// <summary>Which project may know which: each line that is missing here is a wrong reference that cannot be written.
/// </summary>
public sealed class ProjectRules
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["PondSentinel.Core"] = [],
        ["PondSentinel.Toml"] = [],
        ["PondSentinel.Sensors"] = ["PondSentinel.Core", "PondSentinel.Toml"],
        ["PondSentinel.Rules"] = ["PondSentinel.Core", "PondSentinel.Toml"],
        ["PondSentinel.Terminal"] = ["PondSentinel.Toml"],
        ["PondSentinel.Tls"] = ["PondSentinel.Toml"],
        ["PondSentinel.Gateway"] = ["PondSentinel.Rules", "PondSentinel.Sensors", "PondSentinel.Terminal", "PondSentinel.Tls"],
        ["PondSentinel.Backend"] = ["PondSentinel.Core", "PondSentinel.Rules", "PondSentinel.Terminal", "PondSentinel.Tls", "PondSentinel.Toml"],
        ["PondSentinel.Simulator"] = ["PondSentinel.Backend", "PondSentinel.Gateway", "PondSentinel.Terminal"],
        ["PondSentinel.Tests"] = ["PondSentinel.Simulator"],
        ["PondSentinel.SystemTests"] = ["PondSentinel.Simulator"],
        ["PondSentinel.Benchmarks"] = ["PondSentinel.Simulator"],
    };

    private static readonly string[] Projects =
        [.. Checkout.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal))];

    [Fact]
    public void Each_project_refers_to_those_it_may_and_no_other() =>
        Assert.Equal(
            Allowed.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => Line(pair.Key, pair.Value)),
            Projects.Select(file => Line(Name(file), References(file))).Order(StringComparer.Ordinal));

    [Fact]
    public void Core_needs_no_package() =>
        Assert.Equal([], Included("src/PondSentinel.Core/PondSentinel.Core.csproj", "PackageReference"));

    [Fact]
    public void Solution_builds_every_project() =>
        Assert.Equal([], Projects.Where(file =>
            !Checkout.Text("PondSentinel.sln").Contains(file.Replace('/', '\\'), StringComparison.Ordinal)));

    [Fact]
    public void Every_project_has_its_packages_locked() =>
        Assert.Equal([], Projects.Where(file =>
            !File.Exists(Path.Combine(Path.GetDirectoryName(Checkout.Absolute(file))!, "packages.lock.json"))));

    [Fact]
    public void What_runs_on_the_pi_is_checked_for_ahead_of_time_compilation() =>
        Assert.Equal([], new[] { "Core", "Toml", "Terminal", "Tls", "Sensors", "Gateway" }
            .Where(room => !Checkout.Text($"src/PondSentinel.{room}/PondSentinel.{room}.csproj")
                .Contains("<IsAotCompatible>true</IsAotCompatible>", StringComparison.Ordinal)));

    private static string Line(string project, IEnumerable<string> references) =>
        $"{project} -> {string.Join(", ", references.Order(StringComparer.Ordinal))}";

    private static IEnumerable<string> References(string file) =>
        Included(file, "ProjectReference").Select(reference => Name(reference));

    private static IEnumerable<string> Included(string file, string element) =>
        XDocument.Load(Checkout.Absolute(file)).Descendants(element).Select(item => (string)item.Attribute("Include")!);

    private static string Name(string path) => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'));
}
