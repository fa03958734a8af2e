using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Processes;

/// <summary>What was built from this checkout, and where tests leave what they did.</summary>
internal static class Built
{
    /// <summary>The configuration that these tests were built in; the programs are taken from the same.</summary>
    public static string Configuration { get; } =
        new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')).Parent!.Name;

    /// <summary>A built program.</summary>
    /// <param name="project">Its project, for example <c>PondSentinel.Gateway</c>.</param>
    /// <param name="assembly">Its assembly, for example <c>pond-gateway</c>.</param>
    public static string Program(string project, string assembly)
    {
        var path = Path.Combine(Checkout.Root, "src", project, "bin", Configuration, "net10.0", assembly + ".dll");
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException($"{path} is not built: run tests/run.sh, or dotnet build -c {Configuration}.", path);
    }

    /// <summary>A folder of its own for a test, emptied; it stays for whoever wants to see what happened.</summary>
    /// <param name="name">The test.</param>
    public static string ResultFolder(string name)
    {
        var folder = Path.Combine(Checkout.Root, "TestResults", "system", name);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        return Directory.CreateDirectory(folder).FullName;
    }
}
